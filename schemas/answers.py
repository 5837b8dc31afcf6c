"""What people did in a queue, as it was found there."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from winnow.schemas.base import Record, Value
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Verdict

Status = Literal["submitted", "discarded"]


class Shown(Value):
    """What one item of a queue showed, and where each part stood."""

    task: str
    """Task kind and version, such as "pairwise@1"."""

    subject_id: str
    """What the item is about: a comparison_id, or a response_id to edit, or a rubric_id to review."""

    prompt_id: str
    """Prompt that was shown."""

    response_ids: tuple[str, ...] = ()
    """Responses in the order in which they were shown."""

    criterion_ids: tuple[str, ...] = ()
    """Criteria in the order in which they were shown."""

    round: Annotated[int, Field(ge=1, le=3)] = 1
    """1 for the shared queue, 2 for a third opinion, 3 for an adjudication."""

    text_id: str | None = None
    """SHA-256 of the text that was to be edited; None where none was."""

    suggested: Verdict | None = None
    """What judges' labels suggested, which anchors whoever sees it; None where nothing was suggested."""


class Answer(Record):
    """One answer of one person to one item; a changed answer is a row of its own.

    Judgments follow from answers alone and can be read from them anew at any time.
    """

    table: ClassVar[str] = "answers"
    key: ClassVar[tuple[str, ...]] = ("answer_id",)

    answer_id: str = ""
    """SHA-256 of item_id, annotator_id, status, values and created_at; filled in."""

    item_id: str
    """Id of the item: SHA-256 of subject, task, round and showing."""

    shown: Shown
    """What the item showed."""

    annotator_id: str
    """Who answered: "human:" and a name or pseudonym."""

    status: Status
    """Whether the item was answered or put aside."""

    values: str
    """Answers by question, as canonical JSON; "{}" where there are none."""

    created_at: datetime
    """When it was submitted or discarded."""

    started_at: datetime
    """When the first draft was saved; equals `created_at` where there was no draft."""

    @model_validator(mode="before")
    @classmethod
    def _fill_id(cls, data: dict[str, object]) -> dict[str, object]:
        if data.get("answer_id"):
            return data
        draft = cls.model_validate({**data, "answer_id": "-"})
        said = draft.model_dump(include={"item_id", "annotator_id", "status", "values"})
        return {**data, "answer_id": content_id({**said, "at": draft.created_at.isoformat()})}
