"""What did not come out, and why."""

from typing import Annotated, ClassVar

from pydantic import Field

from winnow.schemas.base import Record
from winnow.schemas.redaction import Shown

Stage = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(-[0-9]+)?$")]
"""Name of a step, such as "sample", with a number where it is the second of its kind or a later one: "sample-2"."""

NOT_ASKED_FOR = frozenset({"not_sampled", "over_cap", "not_asked"})
"""Reasons that find no fault with a record: the settings asked for fewer, and it was not drawn."""


class Reject(Record):
    """One record that a stage did not pass on, with the one reason why."""

    table: ClassVar[str] = "rejects"
    key: ClassVar[tuple[str, ...]] = ("run_id", "stage", "record_id")

    run_id: str
    """Run in which it was rejected."""

    stage: Stage
    """Step that rejected it: "read", "set_aside", or the name of a step of the run."""

    record: str
    """What was rejected: "line", "prompt", "request", "response", "comparison", "judgment", "rubric", "criterion",
    "label" or "preference"."""

    record_id: str
    """Its id; for a line that could not be read, file and line number."""

    reason: str
    """The reason, one name of a short list, such as "malformed" or "order_inconsistent"."""

    detail: Shown = ""
    """What was found, in words, with the values and without secrets."""
