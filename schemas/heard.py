"""What the labels of a run were computed from, so that they can be computed again."""

from typing import ClassVar, Literal

from winnow.schemas.base import Record


class Heard(Record):
    """A judgment that counted in a run: by then nobody had taken it back."""

    table: ClassVar[str] = "heard"
    key: ClassVar[tuple[str, ...]] = ("run_id", "judgment_id")

    run_id: str
    """Run whose labels rest on it."""

    judgment_id: str
    """The judgment."""


class Anchor(Record):
    """A gold verdict as a run had it; the table of gold keeps what was known first."""

    table: ClassVar[str] = "anchors"
    key: ClassVar[tuple[str, ...]] = ("run_id", "comparison_id", "basis")

    run_id: str
    """Run whose labels it anchored."""

    comparison_id: str
    """The comparison it is about."""

    verdict: Literal["a", "b", "tie"]
    """The better response by name."""

    basis: str
    """Where the certainty comes from, as in the table of gold."""
