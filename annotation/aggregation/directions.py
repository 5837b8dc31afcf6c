"""The directions in the space of voices that gold has something to say about."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import scipy

from annotation.aggregation.voices import Voices
from annotation.aggregation.votes import Floats, Ints

MAX_DIRECTIONS = 64
"""Directions kept, those along which the gold items differ most."""
SUBSET_REACH = 0.7
"""How far a voice may depart in one subset alone, relative to how far it may in all."""
MAX_DENSE = 20_000_000
"""Entries of the gold items' table of leans up to which it is decomposed whole."""
CHUNK = 50_000
"""Items worked on at once."""


class Directions(NamedTuple):
    """Orthonormal directions in the space of voices, and the gold items' coordinates along them."""

    leans: "scipy.sparse.csr_array"
    """Shape (n_items, n_columns), scaled so that a typical entry is of size 1. The first n_voices columns are the
    voices'; where there are subsets, as many follow for each subset, filled for its items only."""

    basis: Floats
    """Shape (n_columns, n_directions), orthonormal columns."""

    gold: Floats
    """Shape (n_gold, n_directions): coordinates of the gold items."""

    scale: Floats
    """Shape (n_voices,): what the leans of each voice were multiplied by."""

    def project(self, coefficients: Floats) -> Floats:
        """Give each item's sum of leans weighted by the coefficients of the directions; shape (n_items,)."""
        return np.asarray(self.leans @ (self.basis @ coefficients))

    def of_voice(self, coefficients: Floats) -> Floats:
        """Give what one decisive verdict of each voice adds, whatever the subset; shape (n_voices,)."""
        return self.scale * (self.basis @ coefficients)[: len(self.scale)]

    def chunks(self) -> Iterator[tuple[int, Floats, Floats]]:
        """Give (first item, coordinates, squared length outside the directions) for one run of items after another."""
        for start in range(0, self.leans.shape[0], CHUNK):
            part = self.leans[start : start + CHUNK]
            coordinates = np.asarray(part @ self.basis)
            length = np.asarray(part.multiply(part).sum(axis=1)).ravel()
            yield start, coordinates, np.maximum(length - (coordinates**2).sum(axis=1), 0)


def find_directions(voices: Voices, reach: Floats, subset: Ints, rows: Ints) -> Directions:
    """Find the directions along which the gold items differ; all others stay as the prior has them.

    Args:
        voices: Leans by item and voice.
        reach: Shape (n_voices,), not negative: how far each voice may depart, relative to the others.
        subset: Shape (n_items,): number of the item's subset; with more than one, a voice may depart in each.
        rows: Indices of the gold items; may be empty.
    """
    reached = voices.lean * reach[voices.voice]
    factor = float(np.sqrt(len(reached) / max(float((reached**2).sum()), 1e-12)))
    shape = (voices.n_items, voices.n_voices)
    leans = scipy.sparse.csr_array((reached * factor, (voices.item, voices.voice)), shape=shape)
    n_subsets = int(subset.max(initial=0)) + 1
    if n_subsets > 1:
        column = subset[voices.item] * voices.n_voices + voices.voice
        entries = (reached * factor * SUBSET_REACH, (voices.item, column))
        own = scipy.sparse.csr_array(entries, shape=(voices.n_items, n_subsets * voices.n_voices))
        leans = scipy.sparse.csr_array(scipy.sparse.hstack([leans, own]))
    basis = _basis(leans[rows]) if len(rows) else np.zeros((leans.shape[1], 0))
    gold = np.asarray(leans[rows] @ basis).reshape(len(rows), basis.shape[1])
    return Directions(leans, basis, gold, reach * factor)


def _basis(gold_leans: "scipy.sparse.csr_array") -> Floats:
    if gold_leans.shape[0] * gold_leans.shape[1] <= MAX_DENSE:
        _, size, rows = np.linalg.svd(gold_leans.toarray(), full_matrices=False)
    else:
        start = np.ones(min(gold_leans.shape))
        _, size, rows = scipy.sparse.linalg.svds(gold_leans, k=MAX_DIRECTIONS, v0=start)
        size, rows = size[::-1], rows[::-1]
    kept = np.flatnonzero(size > 1e-9 * max(float(size.max(initial=0)), 1e-12))[:MAX_DIRECTIONS]
    return np.ascontiguousarray(rows[kept].T)
