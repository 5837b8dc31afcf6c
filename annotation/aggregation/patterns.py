"""Items of which all raters said the same, as one row: among a million items there are seldom more than some hundred kinds."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.sums import count_by
from winnow.annotation.aggregation.verdicts import Verdicts
from winnow.annotation.aggregation.votes import Floats, Ints


class Patterns(NamedTuple):
    """The distinct rows of a table of verdicts, in order of first appearance."""

    verdicts: Verdicts
    """One row a pattern."""

    of_item: Ints
    """Shape (n_items,): row of each item."""

    @property
    def n_items(self) -> Floats:
        """How many items are of each pattern; shape (n_patterns,)."""
        return count_by(self.of_item, self.verdicts.total.shape[0])

    def of_items(self, rows: Ints) -> "Patterns":
        """Return the patterns of some items only."""
        first, of_item = _by_appearance(self.of_item[rows])
        return Patterns(self.verdicts.of_items(self.of_item[rows][first]), of_item)


def find_patterns(verdicts: Verdicts) -> Patterns:
    """Find the items of which just the same was said, by the same raters and in the same orders.

    Two numbers tell rows apart, sums of what each holds by weights that are drawn once: rows that are alike have the same,
    and that two others do is less likely than an error of the memory.
    """
    n_columns = verdicts.total.shape[1]
    of_total, of_a = np.random.default_rng(0).random((2, n_columns, 2))
    marks = verdicts.total @ of_total + verdicts.for_a @ of_a
    first, of_item = _by_appearance(np.ascontiguousarray(marks).view(np.complex128).ravel())
    return Patterns(verdicts.of_items(first), of_item)


def _by_appearance(values: np.ndarray) -> tuple[Ints, Ints]:
    """Return where each distinct value comes first, ascending, and for each value which of those is its own."""
    _, first, index = np.unique(values, return_index=True, return_inverse=True)
    order = np.argsort(first)
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    return first[order], number[index]
