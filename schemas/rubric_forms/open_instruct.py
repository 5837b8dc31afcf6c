"""open-instruct: messages, and a ground truth of JSON text that holds the rubric."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Self

from pydantic import field_validator

from winnow.schemas.ids import canonical_json
from winnow.schemas.new_rubrics import DraftCriterion
from winnow.schemas.rubric_forms.form import (
    AskedRubric,
    FormPart,
    FormRow,
    FormTurn,
    signed,
    turns_of,
    unsigned,
)


class OpenInstructCriterion(FormPart):
    """One criterion."""

    title: str = ""
    """What it is called in a few words."""

    description: str
    """The criterion."""

    weight: float = 1.0
    """What it adds to the total; below 0 for a pitfall."""


class OpenInstructTruth(FormPart):
    """What the ground truth holds."""

    query: str
    """The last thing that the user asked."""

    rubrics: list[OpenInstructCriterion]
    """The criteria."""

    rubrics_types: tuple[str, ...] = ()
    """Of each whether it stays through the training, "persistent", as all do that come with the data."""


class OpenInstructForm(FormRow):
    """One prompt."""

    name: ClassVar[str] = "open_instruct"

    messages: list[FormTurn]
    """The conversation."""

    ground_truth: str
    """`OpenInstructTruth` as JSON text."""

    dataset: str = "rubric"
    """By this name open-instruct looks up what scores a response."""

    @field_validator("ground_truth")
    @classmethod
    def _check_ground_truth(cls, text: str) -> str:
        OpenInstructTruth.model_validate_json(text)
        return text

    @classmethod
    def write(cls, said: AskedRubric) -> Self:
        """Write a prompt with its rubric."""
        asked = [turn.text() for turn in said.asked if turn.role == "user"]
        truth = OpenInstructTruth(
            query=asked[-1] if asked else "",
            rubrics=[
                OpenInstructCriterion(title=c.title or "", description=c.text, weight=signed(c))
                for c in said.criteria
            ],
            rubrics_types=("persistent",) * len(said.criteria),
        )
        return cls(messages=turns_of(said.asked), ground_truth=canonical_json(truth.model_dump()))

    def turns(self) -> Iterable[FormTurn]:
        """Give the conversation."""
        return self.messages

    def drafts(self) -> Sequence[DraftCriterion]:
        """Give the criteria."""
        truth = OpenInstructTruth.model_validate_json(self.ground_truth)
        return [
            DraftCriterion(text=c.description, title=c.title or None, **unsigned(c.weight))
            for c in truth.rubrics
        ]
