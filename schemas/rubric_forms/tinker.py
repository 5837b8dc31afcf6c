"""tinker: a conversation, and rubrics of free text with the words by which a grader gives its score."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

from winnow.schemas.new_rubrics import DraftCriterion
from winnow.schemas.rubric_forms.form import AskedRubric, FormPart, FormRow, FormTurn, turns_of
from winnow.schemas.rubrics import Criterion

_SCORE = r"<score>(.*)</score>"
_MET = "Output 1 if the response does this and 0 if it does not, wrapped in <score> ... </score>"
_PITFALL = (
    "Output 0 if the response does this and 1 if it does not, wrapped in <score> ... </score>"
)
_LEVEL = re.compile(r"^<score>([-+.\deE]+)</score>: ", re.MULTILINE)


class TinkerRubric(FormPart):
    """One criterion."""

    rubric_str: str
    """The criterion, and of a graded one what responses of each score are like."""

    extraction_regex: str = _SCORE
    """Finds the score in the grader's reply."""

    grader_output_format_instruction: str = _MET
    """How the grader is to write the score."""


class TinkerForm(FormRow):
    """One conversation."""

    name: ClassVar[str] = "tinker"
    graded: ClassVar[bool] = True

    convo: list[FormTurn]
    """The conversation."""

    rubric_items: list[TinkerRubric]
    """The criteria; all count alike."""

    @classmethod
    def why_left_out(cls, said: AskedRubric) -> str | None:
        """Say why the form cannot hold it; it has no place for weights."""
        if len({c.weight for c in said.criteria}) > 1:
            return "weighted_criteria"
        return super().why_left_out(said)

    @classmethod
    def write(cls, said: AskedRubric) -> Self:
        """Write a prompt with its rubric."""
        return cls(convo=turns_of(said.asked), rubric_items=[_written(c) for c in said.criteria])

    def turns(self) -> Iterable[FormTurn]:
        """Give the conversation."""
        return self.convo

    def drafts(self) -> Sequence[DraftCriterion]:
        """Give the criteria."""
        return [_read(item) for item in self.rubric_items]


def _written(criterion: Criterion) -> TinkerRubric:
    if not criterion.levels:
        how = _PITFALL if criterion.importance == "pitfall" else _MET
        return TinkerRubric(rubric_str=criterion.text, grader_output_format_instruction=how)
    levels = "\n".join(
        f"<score>{level.score:g}</score>: {level.text}" for level in criterion.levels
    )
    low, high = criterion.levels[0].score, criterion.levels[-1].score
    return TinkerRubric(
        rubric_str=f"{criterion.text}\n{levels}",
        grader_output_format_instruction=f"Output a score from {low:g} to {high:g}, wrapped in <score> ... </score>",
    )


def _read(item: TinkerRubric) -> DraftCriterion:
    text, *rest = _LEVEL.split(item.rubric_str)
    found: dict[str, Any] = {"text": text.removesuffix("\n") if rest else text}
    scores, texts = rest[::2], rest[1::2]
    found["levels"] = [
        {"score": float(score), "text": of.removesuffix("\n")}
        for score, of in zip(scores, texts, strict=True)
    ]
    if item.grader_output_format_instruction == _PITFALL:
        found["importance"] = "pitfall"
    return DraftCriterion.model_validate(found)
