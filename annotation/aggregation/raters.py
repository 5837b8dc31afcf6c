"""Annotators that copy each other count as one rater."""

from typing import NamedTuple

import numpy as np
import scipy

from winnow.annotation.aggregation.votes import Floats, Ints

MIN_MISSED = 5.0
"""Disagreements that two annotators must have been expected to have before they can be called copies; the logarithm of
the number of pairs is added, for among many pairs some agree by chance."""
MIN_EXCESS = 0.95
"""Agreement beyond what their agreement with everyone explains, from 0 (none) to 1 (identical), that makes copies."""
NEARLY_ONE = 0.9
"""Correlation from which two annotators are too alike for one to tell what the other's agreement should be."""
MAX_LOADING = 0.95
"""Bound of a loading in the one-factor model."""
MAX_PAIRS = 50_000_000
"""Pairs of opinions on one item, over all items, up to which copies are looked for."""


class Raters(NamedTuple):
    """Leans by item and rater, and which annotators each rater stands for."""

    item: Ints
    """Shape (n_entries,): index of the item."""

    rater: Ints
    """Shape (n_entries,): index of the rater."""

    lean: Floats
    """Shape (n_entries,): mean lean of the annotators of the rater, -1 to 1, times how much each counts."""

    rater_of: Ints
    """Shape (n_annotators,): index of the rater of each annotator."""

    n_items: int
    """Number of items."""

    n_raters: int
    """Number of raters."""


def gather_raters(
    item: Ints,
    annotator: Ints,
    lean: Floats,
    size: Floats,
    *,
    n_items: int,
    n_annotators: int,
) -> Raters:
    """Merge annotators that say the same about the same items far beyond what being right would explain.

    With r the correlation of two annotators' leans over the items both judged, and e its expectation from how each
    agrees with all others (Spearman's one-factor model), two are copies when (r - e) / (1 - e) reaches `MIN_EXCESS`
    and enough disagreements were to be expected to miss them.
    Two good annotators agree because both are right, which e accounts for; two copies agree where they are wrong too.

    Args:
        item: Shape (n_opinions,).
        annotator: Shape (n_opinions,).
        lean: Shape (n_opinions,), position bias taken out.
        size: Shape (n_opinions,): how much each counts; copies are found without it.
        n_items: Number of items.
        n_annotators: Number of annotators.
    """
    rater_of = _copies(item, annotator, lean, n_items, n_annotators)
    n_raters = int(rater_of.max(initial=-1)) + 1
    if n_raters == n_annotators:
        return Raters(item, annotator, lean * size, np.arange(n_annotators), n_items, n_raters)
    pairs, index = np.unique(item * n_raters + rater_of[annotator], return_inverse=True)
    mean = np.bincount(index, lean * size) / np.bincount(index)
    return Raters(pairs // n_raters, pairs % n_raters, mean, rater_of, n_items, n_raters)


def mean_by_rater(raters: Raters, item: Ints, annotator: Ints, values: Floats) -> Floats:
    """Return the mean of what the annotators of each rater have on an item; shape (n_entries,), as `Raters.item`.

    Args:
        raters: What the opinions were gathered into.
        item: Shape (n_opinions,).
        annotator: Shape (n_opinions,).
        values: Shape (n_opinions,).
    """
    if len(item) == len(raters.item):
        return values
    pair = item * raters.n_raters + raters.rater_of[annotator]
    _, index = np.unique(pair, return_inverse=True)
    return np.asarray(np.bincount(index, values) / np.bincount(index))


def _copies(item: Ints, annotator: Ints, lean: Floats, n_items: int, n_annotators: int) -> Ints:
    per_item = np.bincount(item, minlength=n_items).astype(float)
    if n_annotators < 2 or (per_item**2).sum() > MAX_PAIRS:
        return np.arange(n_annotators)
    shape = (n_items, n_annotators)
    leans = scipy.sparse.csr_array((lean, (item, annotator)), shape=shape)
    is_there = scipy.sparse.csr_array((np.ones_like(lean), (item, annotator)), shape=shape)
    n_shared = (is_there.T @ is_there).tocoo()
    upper = n_shared.row < n_shared.col
    row, col, shared = n_shared.row[upper], n_shared.col[upper], n_shared.data[upper]
    if not len(row):
        return np.arange(n_annotators)
    squares = leans.multiply(leans).tocsr()
    product = _at(leans.T @ leans, row, col)
    norm = np.sqrt(_at(squares.T @ is_there, row, col) * _at(squares.T @ is_there, col, row))
    correlation = product / np.maximum(norm, 1e-12)
    expected = _one_factor(row, col, correlation, n_annotators)
    n_missed = shared * (1 - expected) / 2
    is_copy = (correlation - expected) >= MIN_EXCESS * (1 - expected)
    is_copy &= n_missed >= MIN_MISSED + np.log(len(row))
    links = scipy.sparse.coo_array((is_copy, (row, col)), shape=(n_annotators, n_annotators))
    links.eliminate_zeros()
    return scipy.sparse.csgraph.connected_components(links, directed=False)[1].astype(np.int64)


def _at(matrix: "scipy.sparse.sparray", row: Ints, col: Ints) -> Floats:
    return np.asarray(matrix.tocsr()[row, col]).ravel().astype(float)


def _one_factor(row: Ints, col: Ints, correlation: Floats, n_annotators: int) -> Floats:
    """Return loading_j * loading_k for each pair, from each annotator's median correlation with those unlike it.

    An annotator that all others resemble closely has no one to be compared with; its pairs are as expected.
    """
    unlike = correlation < NEARLY_ONE
    owner = np.concatenate([row[unlike], col[unlike]])
    value = np.tile(correlation[unlike], 2)
    value = value[np.lexsort((value, owner))]
    count = np.bincount(owner, minlength=n_annotators)
    middle = np.cumsum(count) - count + count // 2
    typical = np.zeros(n_annotators)
    typical[count > 0] = value[middle[count > 0]]
    overall = np.sqrt(max(float(np.median(correlation[unlike])), 1e-2)) if unlike.any() else 1.0
    loading = np.clip(typical / overall, -MAX_LOADING, MAX_LOADING)
    is_alone = (count[row] == 0) | (count[col] == 0)
    return np.where(is_alone, correlation, loading[row] * loading[col])
