"""Pairs of texts that are likely to be near, found without comparing all with all."""

from array import array
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from winnow.pipelines.near.batches import Texts, in_threads
from winnow.pipelines.near.pieces import Hashes, Ints
from winnow.pipelines.near.shared import SharedRuns, own_pieces, own_sets

_N_HASHES = 256
_SEED = 1  # fixed, for the same prompts must have the same neighbours in every run
_MISSED = 2e-4
"""Share of the pairs at the threshold that may be missed; of those above it fewer are."""

_FULL = 256
"""Larger buckets are not compared all with all: each set with the first, and with those that come next by sketch."""

_NEXT = 16
_ROWS = 256
_BANDS_AHEAD = 4

Sketches = npt.NDArray[np.uint32]
"""A row of `_N_HASHES` numbers for each text, or of the first `_NEXT` of them."""

Pairs = npt.NDArray[np.int64]
"""Positions of two texts in each row, the smaller first."""


def candidates(texts: Texts, known: SharedRuns, threshold: float) -> Pairs:
    """Find pairs of texts the Jaccard similarity of whose pieces may reach the threshold, each once, in order.

    MinHash sketches are cut into bands; two texts that agree on all of a band are a pair. How long the bands are
    follows from the threshold: of pairs that are just so similar, 2 in 10,000 are missed. Of a sketch only a hash of each
    band is kept.

    Source: Broder 1997, "On the resemblance and containment of documents"; Leskovec, Rajaraman and Ullman, "Mining of
    Massive Datasets", chapter 3.4.
    """
    n, width = len(texts), band_width(threshold)
    bands = np.empty((_N_HASHES // width, n), np.uint64)
    first = np.empty((n, _NEXT), np.uint32)
    done = 0
    for sketches in texts.each(partial(_sketches, known=known)):
        rows = slice(done, done := done + len(sketches))
        bands[:, rows], first[rows] = _bands(sketches, width), sketches[:, :_NEXT]
    found = np.empty(0, np.int64)
    for pairs in in_threads(partial(_bucket_pairs, first=first), list(bands), ahead=_BANDS_AHEAD):
        found = np.unique(np.concatenate([found, *pairs]))
    return np.column_stack([found // max(n, 1), found % max(n, 1)])


def band_width(threshold: float) -> int:
    """Return the longest bands, in hashes, with which hardly a pair at the threshold is missed."""
    widths = range(_N_HASHES, 1, -1)
    return next((w for w in widths if (1 - threshold**w) ** (_N_HASHES // w) <= _MISSED), 1)


def _sketches(texts: pa.Array, known: SharedRuns) -> Sketches:
    from rensa import RMinHash

    pieces = own_pieces(texts, known)
    hashes, starts = np.ascontiguousarray(pieces.hashes), pieces.starts.astype(np.uint64)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, starts, _N_HASHES, _SEED)
    # By way of arrays of C: numpy takes twice as long to read lists of numbers.
    rows = b"".join(array("I", row) for row in matrix.to_rows())
    return np.frombuffer(rows, np.uint32).reshape(len(texts), _N_HASHES)


def _bands(sketches: Sketches, width: int) -> Hashes:
    """Return a hash of each band of each sketch, shape (n_bands, n)."""
    cut = sketches[:, : _N_HASHES // width * width].reshape(len(sketches), -1, width)
    worth = np.random.default_rng(_SEED).integers(2**63, 2**64, width, np.uint64)
    return np.einsum("tbw,w->bt", cut.astype(np.uint64), worth)


def _bucket_pairs(band: Hashes, first: Sketches) -> list[Ints]:
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


def _pairs_of_many(rows: Ints, first: Sketches, n: int) -> Ints:
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
