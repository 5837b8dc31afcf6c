"""Which raters depart from the consensus together: those that say alike."""

import numpy as np
import scipy

from winnow.annotation.aggregation.raters import Raters
from winnow.annotation.aggregation.sums import count_by, sum_by

MAX_PAIRS = 50_000_000
"""Pairs of leans on one item that are multiplied; where there are more, every so many-th item counts."""


def find_kinship(raters: Raters) -> "scipy.sparse.csr_array":
    """Measure how alike raters are: the cosine of their leans over all items; shape (n_raters, n_raters).

    A lean that is not there is 0, so that raters that share few items count as unrelated. The diagonal is 1; of a rater
    that never leans, too.
    """
    n_pairs = float((count_by(raters.item, raters.n_items) ** 2).sum())
    chosen = raters.item % int(1 + n_pairs // MAX_PAIRS) == 0
    item, rater, lean = raters.item[chosen], raters.rater[chosen], raters.lean[chosen]
    length = np.sqrt(sum_by(rater, lean**2, raters.n_raters))
    entries = lean / np.maximum(length, 1e-12)[rater]
    table = scipy.sparse.csr_array((entries, (item, rater)), (raters.n_items, raters.n_raters))
    kinship = scipy.sparse.csr_array(table.T @ table)
    missing = 1 - np.asarray(kinship.diagonal())
    return scipy.sparse.csr_array(kinship + scipy.sparse.diags_array(missing))
