"""What each filter of a run does to coverage and to accuracy on gold."""

from typing import Annotated, ClassVar

from pydantic import Field

from winnow.schemas.base import Record

N = Annotated[int, Field(ge=0)]


class FilterEffect(Record):
    """One filter: alone, with all before it, and what all others do without it.

    Kept, passed and without count labels as they are. What is right is told by a trial on gold: each gold item is labelled
    without the fifth of gold that it belongs to, and of these labels the filters pass as large a share as of the labels
    as they are. So `n_gold_...` counts what passes in the trial; it is no part of the number of labels before it.
    """

    table: ClassVar[str] = "filter_effects"
    key: ClassVar[tuple[str, ...]] = ("run_id", "position")

    run_id: str
    """Run that measured it."""

    position: Annotated[int, Field(ge=1)]
    """Place in the order of the settings, from 1."""

    filter: str
    """Name of the filter."""

    threshold: float
    """What it compares with."""

    target: str | None = None
    """What the threshold was set for, such as "accuracy 0.95 confidence 0.9"; None for one that was given."""

    n_labels: N
    """Labels before any filter of the settings."""

    n_gold: N
    """Gold items that are tried."""

    n_right: N
    """Of those, the ones whose label in the trial names the gold verdict."""

    n_passed: N
    """Labels that pass this filter alone."""

    n_gold_passed: N
    """Gold items that pass the same in the trial."""

    n_right_passed: N
    """Of those, the right ones."""

    n_kept: N
    """Labels that pass this filter and all before it; of the last filter, what all together keep."""

    n_gold_kept: N
    """Gold items that pass the same in the trial."""

    n_right_kept: N
    """Of those, the right ones."""

    n_without: N
    """Labels that pass all filters but this one."""

    n_gold_without: N
    """Gold items that pass the same in the trial."""

    n_right_without: N
    """Of those, the right ones."""
