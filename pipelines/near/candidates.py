"""Pairs of sets that are likely to be near, found without comparing all with all."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from winnow.pipelines.near.pieces import Ints, mixed
from winnow.pipelines.near.shared import Sets

_N_HASHES = 256
_SEED = 1  # fixed, for the same prompts must have the same neighbours in every run
_MISSED = 2e-4
"""Share of the pairs at the threshold that may be missed; of those above it fewer are."""

_FULL = 256
"""Larger buckets are not compared all with all: each set with the first, and with those that come next by sketch."""

_NEXT = 16
_ROWS = 4096

Pairs = npt.NDArray[np.int64]
"""Positions of two sets in each row, the smaller first."""


def candidates(sets: Sets, threshold: float) -> Pairs:
    """Find pairs of sets whose Jaccard similarity may reach the threshold, each once, in order.

    MinHash sketches are cut into bands; two sets that agree on all of a band are a pair. How long the bands are
    follows from the threshold: of pairs that are just so similar, 2 in 10,000 are missed.

    Source: Broder 1997, "On the resemblance and containment of documents"; Leskovec, Rajaraman and Ullman, "Mining of
    Massive Datasets", chapter 3.4.
    """
    sketches = _sketches(sets)
    n, width = len(sketches), band_width(threshold)
    found = np.empty(0, np.int64)
    for start in range(0, _N_HASHES - width + 1, width):
        pairs = np.concatenate([found, *_bucket_pairs(sketches, start, width)])
        found = np.unique(pairs)
    return np.column_stack([found // max(n, 1), found % max(n, 1)])


def band_width(threshold: float) -> int:
    """Return the longest bands, in hashes, with which hardly a pair at the threshold is missed."""
    widths = range(_N_HASHES, 1, -1)
    return next((w for w in widths if (1 - threshold**w) ** (_N_HASHES // w) <= _MISSED), 1)


def _sketches(sets: Sets) -> npt.NDArray[np.uint32]:
    from rensa import RMinHash

    n = len(sets.starts) - 1
    sketches = np.empty((n, _N_HASHES), np.uint32)
    for first in range(0, n, _ROWS):
        starts = sets.starts[first : first + _ROWS + 1]
        hashes = np.ascontiguousarray(sets.hashes[starts[0] : starts[-1]])
        offsets = (starts - starts[0]).astype(np.uint64)
        matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, _N_HASHES, _SEED)
        sketches[first : first + len(offsets) - 1] = matrix.to_rows()
    return sketches


def _bucket_pairs(sketches: npt.NDArray[np.uint32], start: int, width: int) -> Iterator[Ints]:
    n = len(sketches)
    band = np.full(n, start, np.uint64)
    for column in sketches[:, start : start + width].T:
        band = mixed(band ^ column.astype(np.uint64))
    order = np.argsort(band, kind="stable")
    begins = np.flatnonzero(np.diff(band[order], prepend=band[order[:1]] + np.uint64(1)) != 0)
    sizes = np.diff(np.append(begins, n))
    # Buckets of one size are paired in one step: a loop over buckets takes many times as long.
    for size in np.unique(sizes[(sizes > 1) & (sizes <= _FULL)]):
        rows = order[begins[sizes == size][:, None] + np.arange(size)]
        one, other = np.triu_indices(size, k=1)
        yield (rows[:, one] * n + rows[:, other]).ravel()
    for begin, size in zip(begins[sizes > _FULL], sizes[sizes > _FULL], strict=True):
        yield _pairs_of_many(order[begin : begin + size], sketches, n)


def _pairs_of_many(rows: Ints, sketches: npt.NDArray[np.uint32], n: int) -> Ints:
    with_first = rows[0] * n + rows[1:]
    by_sketch = rows[np.lexsort(sketches[rows, :_NEXT].T)]
    nexts = (
        np.minimum(by_sketch[k:], by_sketch[:-k]) * n + np.maximum(by_sketch[k:], by_sketch[:-k])
        for k in range(1, _NEXT + 1)
    )
    return np.concatenate([with_first, *nexts])


def similarities(sets: Sets, pairs: Pairs) -> npt.NDArray[np.float64]:
    """Return the Jaccard similarity of the sets of each pair, 0 to 1, counted and not estimated."""
    from scipy.sparse import csr_array

    sizes = np.diff(sets.starts)
    # Pieces are columns, of which only those that are there take room. Columns are signed, so a hash loses its last bit.
    columns = (sets.hashes >> np.uint64(1)).astype(np.int64)
    shape = (len(sizes), np.iinfo(np.int64).max)
    has = csr_array((np.ones(len(columns), np.int8), columns, sets.starts), shape=shape)
    found = np.empty(len(pairs))
    for start in range(0, len(pairs), _ROWS):
        one, other = pairs[start : start + _ROWS].T
        n_common = np.diff((has[one] * has[other]).indptr)
        found[start : start + _ROWS] = n_common / (sizes[one] + sizes[other] - n_common)
    return found
