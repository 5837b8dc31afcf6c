"""Sketches of texts: of each a few numbers, from which it shows whom it may be near to.

Source: Broder 1997, "On the resemblance and containment of documents"; Leskovec, Rajaraman and Ullman, "Mining of Massive
Datasets", chapter 3.4.
"""

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

_N_HASHES = 256
_SEED = 1  # fixed, for the same prompts must have the same neighbours in every run
_MISSED = 2e-4
"""Share of the pairs at the threshold that may be missed; of those above it fewer are."""

_FIRST = 16


class Sketched(NamedTuple):
    """What is kept of the MinHash sketches of texts, 256 numbers each."""

    bands: Hashes
    """A hash of each band, a few numbers in a row, of each sketch; shape (n_bands, n)."""

    first: npt.NDArray[np.uint32]
    """The first numbers of each sketch; shape (n, 16)."""


def sketched(texts: Texts, width: int, many: int) -> tuple[Sketched, SharedRuns]:
    """Sketch the pieces of distinct texts that count, and find what many of them share.

    Args:
        texts: Distinct texts.
        width: Numbers in a band.
        many: Texts that must have a run in common for it to be shared text, at least 2.
    """
    n = len(texts)
    found = Sketched(np.empty((_N_HASHES // width, n), np.uint64), np.empty((n, _FIRST), np.uint32))
    sampled: list[Sets] = []
    done = 0
    # Most texts share nothing with many: all are sketched as if none did while they are at hand.
    for runs, some in texts.each(partial(_looked_at, width=width)):
        rows = slice(done, done := done + len(some.first))
        found.bands[:, rows], found.first[rows] = some
        sampled.append(runs)
    known = shared_runs(sampled, many)
    others = sharing(sampled, known)
    done = 0
    for some in Texts(texts.some(others)).each(partial(_weighed, known=known, width=width)):
        places = others[done : (done := done + len(some.first))]
        found.bands[:, places], found.first[places] = some
    return found, known


def band_width(threshold: float) -> int:
    """Return the longest bands, in numbers, with which hardly a pair at the threshold is missed."""
    widths = range(_N_HASHES, 1, -1)
    return next((w for w in widths if (1 - threshold**w) ** (_N_HASHES // w) <= _MISSED), 1)


def _looked_at(texts: pa.Array, width: int) -> tuple[Sets, Sketched]:
    characters = Characters(texts)
    pieces = characters.pieces()
    return sampled_runs(characters), _sketch(Sets(pieces.hashes, pieces.starts), width)


def _weighed(texts: pa.Array, known: SharedRuns, width: int) -> Sketched:
    return _sketch(own_sets(texts, known), width)


def _sketch(pieces: Sets, width: int) -> Sketched:
    from rensa import RMinHash

    matrix = RMinHash.digest_matrix_from_flat_token_hashes(
        np.ascontiguousarray(pieces.hashes), pieces.starts.astype(np.uint64), _N_HASHES, _SEED
    )
    # By way of arrays of C: numpy takes twice as long to read lists of numbers.
    written = b"".join(array("I", row) for row in matrix.to_rows())
    numbers = np.frombuffer(written, np.uint32).reshape(-1, _N_HASHES)
    cut = numbers[:, : _N_HASHES // width * width].reshape(len(numbers), -1, width)
    worth = np.random.default_rng(_SEED).integers(2**63, 2**64, width, np.uint64)
    bands = np.einsum("tbw,w->bt", cut.astype(np.uint64), worth)
    return Sketched(bands, numbers[:, :_FIRST])
