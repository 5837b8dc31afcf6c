"""NeMo Gym: what the model is asked, and questions that a judge answers with yes or no."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal, Self

from winnow.schemas.new_rubrics import DraftCriterion
from winnow.schemas.rubric_forms.form import AskedRubric, FormPart, FormRow, FormTurn, turns_of


class GymQuestion(FormPart):
    """One criterion."""

    question: str
    """The criterion."""

    pass_criteria: Literal["YES", "NO"] = "YES"
    """The answer that earns the weight: of a pitfall "NO"."""

    weight: float = 1.0
    """How much it counts beside the others."""


class GymAsked(FormPart):
    """What the model is asked."""

    input: list[FormTurn]
    """The conversation."""


class NemoGymForm(FormRow):
    """One prompt."""

    name: ClassVar[str] = "nemo_gym"

    responses_create_params: GymAsked
    """What the model is asked."""

    rubric: list[GymQuestion]
    """The criteria."""

    context: str = ""
    """The conversation as its judge reads it."""

    @classmethod
    def write(cls, said: AskedRubric) -> Self:
        """Write a prompt with its rubric."""
        turns = turns_of(said.asked)
        return cls(
            responses_create_params=GymAsked(input=turns),
            rubric=[
                GymQuestion(
                    question=c.text,
                    pass_criteria="NO" if c.importance == "pitfall" else "YES",
                    weight=abs(c.weight) if c.importance == "pitfall" else c.weight,
                )
                for c in said.criteria
            ],
            context="\n\n".join(f"[{turn.role.upper()}]: {turn.content}" for turn in turns),
        )

    def turns(self) -> Iterable[FormTurn]:
        """Give the conversation."""
        return self.responses_create_params.input

    def drafts(self) -> Sequence[DraftCriterion]:
        """Give the criteria."""
        return [
            DraftCriterion(
                text=q.question,
                weight=q.weight,
                importance="pitfall" if q.pass_criteria == "NO" else None,
            )
            for q in self.rubric
        ]
