"""The directions in the space of the voices' departures that gold has something to say about."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import scipy

from annotation.aggregation.kinship import find_kinship
from annotation.aggregation.voices import Voices
from annotation.aggregation.votes import Floats, Ints

MAX_DIRECTIONS = 64
"""Directions kept, those along which the gold items differ most."""
MAX_WHOLE = 1500
"""Rows of a symmetric table up to which it is decomposed whole; of a larger one the first directions alone are found."""
SUBSET_REACH = 0.7
"""How far a voice may depart in one subset alone, relative to how far it may in all."""
CHUNK = 50_000
"""Items worked on at once."""


class Departures(NamedTuple):
    """How each item's log-odds move with the voices' departures from the consensus."""

    leans: "scipy.sparse.csr_array"
    """Shape (n_items, n_columns), scaled so that a typical entry is of size 1. The first n_voices columns are the
    voices'; where there are subsets, as many follow for each subset, filled for its items only."""

    scale: Floats
    """Shape (n_voices,): what the leans of each voice were multiplied by."""

    kinships: tuple["scipy.sparse.csr_array", ...]
    """Correlations of the departures, shape (n_columns, n_columns) each: of voices that depart each by itself, and of
    voices that depart together with those that say alike."""


class Directions(NamedTuple):
    """Uncorrelated directions of departure, and the gold items' coordinates along them."""

    departures: Departures
    kinship: "scipy.sparse.csr_array"
    """The one of `departures.kinships` that the directions are of."""

    basis: Floats
    """Shape (n_columns, n_directions): the departures of a unit step along each direction."""

    gold: Floats
    """Shape (n_gold, n_directions): coordinates of the gold items."""

    def of_voice(self, coefficients: Floats) -> Floats:
        """Return what one decisive verdict of each voice adds, whatever the subset; shape (n_voices, ...).

        Args:
            coefficients: Shape (n_directions, ...): steps along the directions.
        """
        moved = (self.basis @ coefficients)[: len(self.departures.scale)]
        return np.asarray((moved.T * self.departures.scale).T)

    def coordinates(self) -> Iterator[tuple[slice, Floats]]:
        """Yield a run of items after another, with their coordinates, shape (n_chunk, n_directions)."""
        for start in range(0, self.departures.leans.shape[0], CHUNK):
            leans = self.departures.leans[start : start + CHUNK]
            yield slice(start, start + leans.shape[0]), np.asarray(leans @ self.basis)

    def outside(self, items: slice, coordinates: Floats) -> Floats:
        """Return the squared length of some items' leans that no direction covers; shape (n_chunk,)."""
        leans = self.departures.leans[items]
        length = np.asarray((leans @ self.kinship).multiply(leans).sum(axis=1)).ravel()
        return np.maximum(length - (coordinates**2).sum(axis=1), 0)


def gather_departures(voices: Voices, reach: Floats, subset: Ints) -> Departures:
    """Lay out the leans by how far each voice may depart.

    Args:
        voices: Leans by item and voice.
        reach: Shape (n_voices,), not negative: how far each voice may depart, relative to the others.
        subset: Shape (n_items,): number of the item's subset; with more than one, a voice may depart in each as well.
    """
    reached = voices.lean * reach[voices.voice]
    factor = float(np.sqrt(len(reached) / max(float((reached**2).sum()), 1e-12)))
    shape = (voices.n_items, voices.n_voices)
    leans = scipy.sparse.csr_array((reached * factor, (voices.item, voices.voice)), shape=shape)
    kinship = find_kinship(voices)
    n_subsets = int(subset.max(initial=0)) + 1
    if n_subsets > 1:
        column = subset[voices.item] * voices.n_voices + voices.voice
        entries = (reached * factor * SUBSET_REACH, (voices.item, column))
        own = scipy.sparse.csr_array(entries, shape=(voices.n_items, n_subsets * voices.n_voices))
        leans = scipy.sparse.csr_array(scipy.sparse.hstack([leans, own]))
        blocks = scipy.sparse.eye_array(1 + n_subsets)
        kinship = scipy.sparse.csr_array(scipy.sparse.kron(blocks, kinship))
    alone = scipy.sparse.csr_array(scipy.sparse.eye_array(leans.shape[1]))
    return Departures(leans, reach * factor, (alone, kinship))


def find_directions(
    departures: Departures, kinship: "scipy.sparse.csr_array", rows: Ints
) -> Directions:
    """Find the directions along which the gold items differ; all others stay as the prior has them.

    With X the leans of the gold items and K the kinship, departures d ~ N(0, K) move their log-odds by X d, with
    covariance X K X' = U S^2 U'. Along the directions K X' U S^-1 their coordinates are U S, and steps are independent
    and of unit variance. Where there are fewer columns than gold items, the same is found from a root of K.

    Args:
        departures: Of all items.
        kinship: One of `departures.kinships`.
        rows: Indices of the gold items, at least one.
    """
    leans = departures.leans[rows]
    n_gold, n_columns = leans.shape
    if n_columns < n_gold:
        value, vector = np.linalg.eigh(kinship.toarray())
        root = vector * np.sqrt(np.maximum(value, 0))
        rooted = np.asarray(leans @ root)
        _, turned = _leading(rooted.T @ rooted)
        basis = root @ turned
    else:
        half = kinship @ leans.T
        square, turned = _leading((leans @ half).toarray())
        basis = np.asarray(half @ (turned / np.sqrt(square)))
    return Directions(departures, kinship, basis, np.asarray(leans @ basis))


def _leading(table: Floats) -> tuple[Floats, Floats]:
    """Return the largest eigenvalues of a symmetric table and their vectors, those above 0 alone."""
    if len(table) > MAX_WHOLE:
        start = np.ones(len(table))
        value, vector = scipy.sparse.linalg.eigsh(table, k=MAX_DIRECTIONS, v0=start)
    else:
        value, vector = np.linalg.eigh(table)
    largest = np.argsort(-value, kind="stable")[:MAX_DIRECTIONS]
    kept = largest[value[largest] > 1e-10 * max(float(value.max(initial=0)), 1e-12)]
    return value[kept], np.ascontiguousarray(vector[:, kept])
