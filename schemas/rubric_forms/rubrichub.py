"""RubricHub: a question with criteria of so many points each."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Self

from winnow.schemas.new_rubrics import DraftCriterion
from winnow.schemas.rubric_forms.form import (
    AskedRubric,
    FormPart,
    FormRow,
    FormTurn,
    one_question,
    signed,
    unsigned,
)


class HubCriterion(FormPart):
    """One criterion."""

    criterion: str
    """The criterion."""

    points: float = 1.0
    """What it adds to the total; below 0 for a pitfall."""


class RubricHubForm(FormRow):
    """One question of the user."""

    name: ClassVar[str] = "rubrichub"

    id: str | int | None = None
    """Its id."""

    question: str
    """The question."""

    rubrics: list[HubCriterion]
    """The criteria."""

    @classmethod
    def why_left_out(cls, said: AskedRubric) -> str | None:
        """Say why the form cannot hold it; only one question of the user has a place."""
        return super().why_left_out(said) if one_question(said.asked) else "needs_roles"

    @classmethod
    def write(cls, said: AskedRubric) -> Self:
        """Write a prompt with its rubric."""
        (question,) = said.asked
        return cls(
            id=said.rubric.prompt_id,
            question=question.text(),
            rubrics=[HubCriterion(criterion=c.text, points=signed(c)) for c in said.criteria],
        )

    def turns(self) -> Iterable[FormTurn]:
        """Give the question."""
        yield FormTurn(role="user", content=self.question)

    def drafts(self) -> Sequence[DraftCriterion]:
        """Give the criteria."""
        return [DraftCriterion(text=c.criterion, **unsigned(c.points)) for c in self.rubrics]
