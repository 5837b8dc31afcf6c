"""What a filter rejects: a mask with a reason, of all comparisons at once."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.votes import Bools
from winnow.pipelines.filters.case import Case, Filter
from winnow.pipelines.filters.cases import Cases


@runtime_checkable
class OfAll(Protocol):
    """A filter that looks at all comparisons at once."""

    def rejects(self, cases: Cases) -> pa.Array:
        """Say for each comparison what was found where it fails, with the values; null where it passes."""
        ...


@runtime_checkable
class OfOne(Protocol):
    """A filter written against one comparison: easier to write, and many times slower."""

    def why_rejected(self, case: Case) -> str | None:
        """Say what was found where the comparison fails, with the values; None where it passes."""
        ...


def rejections(check: Filter, cases: Cases) -> pa.Array:
    """Return for each comparison why a filter rejects it; null where it passes; shape (n_cases,).

    Raises:
        TypeError: The filter looks neither at all comparisons nor at one.
    """
    if isinstance(check, OfAll):
        return check.rejects(cases)
    if isinstance(check, OfOne):
        return pa.array([check.why_rejected(case) for case in cases], pa.string())
    raise TypeError(
        f"filter {type(check).__name__} has neither rejects(cases) nor why_rejected(case)"
    )


class Rejected(NamedTuple):
    """Comparisons that one check rejects and none before it did."""

    comparison_id: pa.Array
    """Which."""

    reason: str
    """The check's reason."""

    detail: pa.Array
    """What it found, of each."""


def first_rejections(cases: Cases, filters: Sequence[Filter]) -> list[Rejected]:
    """Return for each check what it rejects of what passed all before it."""
    found = []
    for check in filters:
        said = rejections(check, cases)
        fails = pc.is_valid(said)
        found.append(Rejected(cases.comparison_id.filter(fails), check.reason, said.drop_null()))
        if len(found[-1].detail):
            cases = cases.only(~np.asarray(fails))
    return found


def looked_up(ids: pa.Array, said: Mapping[str, str]) -> pa.Array:
    """Return what is said of each id, shape (n_ids,); null of those that nothing is said of."""
    keys, values = pa.array(said.keys(), pa.string()), pa.array(said.values(), pa.string())
    return values.take(pc.index_in(ids, value_set=keys))


def spread(details: Sequence[str], fails: Bools) -> pa.Array:
    """Put what is said of those that fail, in their order, into a column of all; null where nothing fails."""
    column = pa.nulls(len(fails), pa.string())
    return pc.replace_with_mask(column, pa.array(fails), pa.array(details, pa.string()))
