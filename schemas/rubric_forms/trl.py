"""TRL: prompts alone, with the rubric as a column, which reaches the reward function as a keyword argument."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Self

from winnow.schemas.new_rubrics import DraftCriterion
from winnow.schemas.rubric_forms.form import AskedRubric, FormRow, FormTurn, turns_of
from winnow.schemas.rubric_forms.listed import ListedCriterion, drafts_listed, listed


class TrlForm(FormRow):
    """One prompt."""

    name: ClassVar[str] = "trl"
    graded: ClassVar[bool] = True
    ordered: ClassVar[bool] = True

    prompt: list[FormTurn]
    """The conversation."""

    rubric: list[ListedCriterion]
    """The criteria."""

    reference: str | None = None
    """An answer known to be good."""

    @classmethod
    def write(cls, said: AskedRubric) -> Self:
        """Write a prompt with its rubric."""
        return cls(
            prompt=turns_of(said.asked), rubric=listed(said.criteria), reference=said.reference
        )

    def turns(self) -> Iterable[FormTurn]:
        """Give the conversation."""
        return self.prompt

    def drafts(self) -> Sequence[DraftCriterion]:
        """Give the criteria."""
        return drafts_listed(self.rubric)

    @property
    def answer(self) -> str | None:
        """The reference."""
        return self.reference
