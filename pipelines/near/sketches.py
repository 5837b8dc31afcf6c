"""Sketches of texts: of each a few numbers, from which it shows whom it may be near to.

Source: Broder 1997, "On the resemblance and containment of documents"; Leskovec, Rajaraman and Ullman, "Mining of Massive
Datasets", chapter 3.4.
"""

import math
from array import array
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from winnow.pipelines.near.batches import Texts
from winnow.pipelines.near.pieces import Characters, Hashes
from winnow.pipelines.near.shared import (
    Sets,
    SharedRuns,
    own_sets,
    sampled_runs,
    shared_runs,
    sharing,
)

_SEED = 1  # fixed, for the same prompts must have the same neighbours in every run
_MISSED = 1e-4
"""Share of the pairs at the threshold that may be missed; of those above it fewer are."""

_MOST = 256
"""Numbers of a sketch, of which each costs time."""

_WIDEST = 8
_FIRST = 16


class Bands(NamedTuple):
    """How a sketch is cut: texts that agree on all numbers of a band may be near."""

    n: int
    """Bands."""

    width: int
    """Numbers in each."""


class Sketched(NamedTuple):
    """What is kept of the MinHash sketches of texts."""

    bands: Hashes
    """A hash of each band of each sketch; shape (n_bands, n)."""

    first: npt.NDArray[np.uint32]
    """The first numbers of each sketch; shape (n, 16)."""


def sketched(texts: Texts, cut: Bands, many: int) -> tuple[Sketched, SharedRuns]:
    """Sketch the pieces of distinct texts that count, and find what many of them share.

    Args:
        texts: Distinct texts.
        cut: How sketches are cut.
        many: Texts that must have a run in common for it to be shared text, at least 2.
    """
    n = len(texts)
    found = Sketched(np.empty((cut.n, n), np.uint64), np.empty((n, _FIRST), np.uint32))
    sampled: list[Sets] = []
    done = 0
    # Most texts share nothing with many: all are sketched as if none did while they are at hand.
    for runs, some in texts.each(partial(_looked_at, cut=cut)):
        rows = slice(done, done := done + len(some.first))
        found.bands[:, rows], found.first[rows] = some
        sampled.append(runs)
    known = shared_runs(sampled, many)
    others = sharing(sampled, known)
    done = 0
    for some in Texts(texts.some(others)).each(partial(_weighed, known=known, cut=cut)):
        places = others[done : (done := done + len(some.first))]
        found.bands[:, places], found.first[places] = some
    return found, known


def bands_for(threshold: float) -> Bands:
    """Return the widest bands, and no more of them than it takes to miss hardly a pair at the threshold."""
    for width in range(_WIDEST, 0, -1):
        missed_by_one = 1 - threshold**width
        n = math.ceil(math.log(_MISSED) / math.log(missed_by_one)) if missed_by_one else 1
        if n * width <= _MOST:
            return Bands(n, width)
    return Bands(_MOST, 1)


def _looked_at(texts: pa.Array, cut: Bands) -> tuple[Sets, Sketched]:
    characters = Characters(texts)
    pieces = characters.pieces()
    return sampled_runs(characters), _sketch(Sets(pieces.hashes, pieces.starts), cut)


def _weighed(texts: pa.Array, known: SharedRuns, cut: Bands) -> Sketched:
    return _sketch(own_sets(texts, known), cut)


def _sketch(pieces: Sets, cut: Bands) -> Sketched:
    from rensa import RMinHash

    n, n_cut = max(cut.n * cut.width, _FIRST), cut.n * cut.width
    starts = pieces.starts.astype(np.uint64)
    hashes = np.ascontiguousarray(pieces.hashes)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, starts, n, _SEED)
    # By way of arrays of C: numpy takes twice as long to read lists of numbers.
    written = b"".join(array("I", row) for row in matrix.to_rows())
    numbers = np.frombuffer(written, np.uint32).reshape(-1, n)
    bands = numbers[:, :n_cut].astype(np.uint64).reshape(-1, cut.n, cut.width)
    worth = np.random.default_rng(_SEED).integers(2**63, 2**64, cut.width, np.uint64)
    return Sketched(np.einsum("tbw,w->bt", bands, worth), numbers[:, :_FIRST])
