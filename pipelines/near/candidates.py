"""Pairs of texts that are likely to be near, found without comparing all with all, and how near they are."""

from functools import partial

import numpy as np
import numpy.typing as npt

from winnow.pipelines.in_threads import in_threads
from winnow.pipelines.near.batches import Texts
from winnow.pipelines.near.pieces import Hashes, Ints
from winnow.pipelines.near.shared import SharedRuns, own_sets
from winnow.pipelines.near.sketches import Sketched

_FULL = 256
"""Larger buckets are not compared all with all: each set with the first, and with those that come next by sketch."""

_NEXT = 16
_ROWS = 256
_BANDS_AHEAD = 4

Pairs = npt.NDArray[np.int64]
"""Positions of two texts in each row, the smaller first."""


def candidates(found: Sketched) -> Pairs:
    """Return the pairs of texts whose sketches agree on all of a band, each once, in order.

    How many bands there are follows from a threshold: of pairs whose pieces have just that Jaccard similarity, 1 in 10,000
    is missed.
    """
    n = len(found.first)
    pairs = np.empty(0, np.int64)
    bucket_pairs = partial(_bucket_pairs, first=found.first)
    for some in in_threads(bucket_pairs, found.bands, ahead=_BANDS_AHEAD):
        pairs = np.unique(np.concatenate([pairs, *some]))
    return np.column_stack([pairs // max(n, 1), pairs % max(n, 1)])


def _bucket_pairs(band: Hashes, first: npt.NDArray[np.uint32]) -> list[Ints]:
    n, pairs = len(band), []
    order = _shared_by(band)
    begins = np.flatnonzero(np.diff(band[order], prepend=band[order[:1]] + np.uint64(1)) != 0)
    sizes = np.diff(np.append(begins, len(order)))
    # Buckets of one size are paired in one step: a loop over buckets takes many times as long.
    for size in np.unique(sizes[sizes <= _FULL]):
        rows = order[begins[sizes == size][:, None] + np.arange(size)]
        one, other = np.triu_indices(size, k=1)
        pairs.append((rows[:, one] * n + rows[:, other]).ravel())
    for begin, size in zip(begins[sizes > _FULL], sizes[sizes > _FULL], strict=True):
        pairs.append(_pairs_of_many(order[begin : begin + size], first, n))
    return pairs


def _shared_by(band: Hashes) -> Ints:
    """Return the rows whose hash another row has, by hash and row."""
    order = np.argsort(band)
    is_same = np.zeros(len(band) + 1, bool)  # as the one before it
    is_same[1:-1] = np.diff(band[order]) == 0
    rows = order[is_same[1:] | is_same[:-1]]
    return rows[np.lexsort((rows, band[rows]))]


def _pairs_of_many(rows: Ints, first: npt.NDArray[np.uint32], n: int) -> Ints:
    with_first = rows[0] * n + rows[1:]
    by_sketch = rows[np.lexsort(first[rows].T)]
    nexts = (
        np.minimum(by_sketch[k:], by_sketch[:-k]) * n + np.maximum(by_sketch[k:], by_sketch[:-k])
        for k in range(1, _NEXT + 1)
    )
    return np.concatenate([with_first, *nexts])


def similarities(texts: Texts, known: SharedRuns, pairs: Pairs) -> npt.NDArray[np.float64]:
    """Return the Jaccard similarity of the pieces of each pair, 0 to 1, counted and not estimated."""
    some = [pairs[first : first + _ROWS] for first in range(0, len(pairs), _ROWS)]
    found = in_threads(partial(_of_some, texts, known), some)
    return np.concatenate([np.empty(0), *found])


def _of_some(texts: Texts, known: SharedRuns, pairs: Pairs) -> npt.NDArray[np.float64]:
    from scipy.sparse import csr_array

    places, ends = np.unique(pairs, return_inverse=True)
    sets = own_sets(texts.some(places), known)
    sizes = np.diff(sets.starts)
    # Pieces are columns, of which only those that are there take room. Columns are signed, so a hash loses its last bit.
    columns = (sets.hashes >> np.uint64(1)).astype(np.int64)
    shape = (len(sizes), np.iinfo(np.int64).max)
    has = csr_array((np.ones(len(columns), np.int8), columns, sets.starts), shape=shape)
    one, other = ends.reshape(pairs.shape).T
    n_common = np.diff((has[one] * has[other]).indptr)
    return n_common / (sizes[one] + sizes[other] - n_common)
