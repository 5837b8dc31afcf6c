"""What each rater said of each item in each order, as tables that multiply fast."""

from typing import NamedTuple

import numpy as np
import scipy

from winnow.annotation.aggregation.opinions import Opinions
from winnow.annotation.aggregation.raters import Raters
from winnow.annotation.aggregation.votes import Floats, Ints

PLACES = (1, -1, 0)
"""a shown first, b shown first, unknown."""


class Verdicts(NamedTuple):
    """Shares of a rater's verdicts on an item; the columns are (place, rater), all raters of one place together."""

    total: "scipy.sparse.csr_array"
    """Shape (n_items, n_columns): share of the rater's verdicts given with this place; its sum over places is 1."""

    for_a: "scipy.sparse.csr_array"
    """Shape (n_items, n_columns): the part of it that is for a; a tie is half for a."""

    place: Floats
    """Shape (n_columns,): +1, -1 or 0, see `PLACES`."""

    rater: Ints
    """Shape (n_columns,)."""

    def of_items(self, rows: Ints | slice) -> "Verdicts":
        """Return the verdicts on some items only."""
        return self._replace(total=self.total[rows], for_a=self.for_a[rows])


def gather_verdicts(opinions: Opinions, raters: Raters) -> Verdicts:
    """Take the opinions apart into the orders they were given in, members of a rater averaged.

    An opinion counts once, whether one order or both were judged: the second order is no independent look.
    """
    rater = raters.rater_of[opinions.annotator]
    pair = opinions.item * raters.n_raters + rater
    _, index, n_members = np.unique(pair, return_inverse=True, return_counts=True)
    # What flips with the order, or is split among repeats, cancels out.
    total = np.abs(opinions.lean) / n_members[index]
    for_a = np.maximum(opinions.lean, 0) / n_members[index]
    block = np.where(opinions.shown == 1, 0, np.where(opinions.shown == -1, 1, 2))
    where = (opinions.item, block * raters.n_raters + rater)
    shape = (opinions.n_items, len(PLACES) * raters.n_raters)
    return Verdicts(
        total=scipy.sparse.csr_array((total, where), shape=shape),
        for_a=scipy.sparse.csr_array((for_a, where), shape=shape),
        place=np.repeat(np.array(PLACES, np.float64), raters.n_raters),
        rater=np.tile(np.arange(raters.n_raters), len(PLACES)),
    )
