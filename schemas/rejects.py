"""What did not come out, and why."""

from typing import ClassVar, Literal

from winnow.schemas.base import Record
from winnow.schemas.redaction import Shown

Stage = Literal["read", "sample", "compare", "label", "aggregate", "keep", "assemble"]

NOT_ASKED_FOR = frozenset({"not_sampled", "over_cap"})
"""Reasons that find no fault with a record: the settings asked for fewer, and it was not drawn."""


class Reject(Record):
    """One record that a stage did not pass on, with the one reason why."""

    table: ClassVar[str] = "rejects"
    key: ClassVar[tuple[str, ...]] = ("run_id", "stage", "record_id")

    run_id: str
    """Run in which it was rejected."""

    stage: Stage
    """Stage that rejected it."""

    record: str
    """What was rejected: "line", "prompt", "request", "response", "comparison", "judgment", "criterion", "label" or
    "preference"."""

    record_id: str
    """Its id; for a line that could not be read, file and line number."""

    reason: str
    """The reason, one name of a short list, such as "malformed" or "order_inconsistent"."""

    detail: Shown = ""
    """What was found, in words, with the values and without secrets."""
