"""The directions in the space of the voices' departures that gold has something to say about."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import scipy

from winnow.annotation.aggregation.kinship import find_kinship
from winnow.annotation.aggregation.voices import Voices
from winnow.annotation.aggregation.votes import Floats, Ints

MAX_DIRECTIONS = 64
"""Directions kept, those along which the gold items differ most."""
MAX_WHOLE = 1500
"""Rows of a symmetric table up to which it is decomposed whole; of a larger one the first directions alone are found."""
CERTAINTY_REACH = 0.7
"""How far what a voice's certainty is worth may depart, from its least to its most certain, relative to the voice itself."""
SUBSET_REACH = 0.7
"""How far a voice may depart in one subset alone, relative to how far it may in all."""
CHUNK = 50_000
"""Items worked on at once."""


class Departures(NamedTuple):
    """How each item's log-odds move with the voices' departures from the consensus."""

    leans: "scipy.sparse.csr_array"
    """Shape (n_items, n_columns), scaled so that a typical entry is of size 1. The first n_voices columns are the
    voices'; where certainty is stated, as many follow with the leans times its rank, and where there are subsets, as many
    for each subset, filled for its items only."""

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


def gather_departures(voices: Voices, reach: Floats, subset: Ints, certain: Floats) -> Departures:
    """Lay out the leans by how far each voice may depart.

    Args:
        voices: Leans by item and voice.
        reach: Shape (n_voices,), not negative: how far each voice may depart, relative to the others.
        subset: Shape (n_items,): number of the item's subset; with more than one, a voice may depart in each as well.
        certain: Shape (n_entries,): leans times the rank of their certainty, 0 where none is stated.
    """
    reached = voices.lean * reach[voices.voice]
    factor = float(np.sqrt(len(reached) / max(float((reached**2).sum()), 1e-12)))
    scale = reach * factor
    blocks = [_block(voices, voices.lean * scale[voices.voice], voices.voice, 1)]
    if certain.any():
        stated = certain * scale[voices.voice] * CERTAINTY_REACH
        blocks.append(_block(voices, stated, voices.voice, 1))
    n_subsets = int(subset.max(initial=0)) + 1
    if n_subsets > 1:
        column = subset[voices.item] * voices.n_voices + voices.voice
        own = voices.lean * scale[voices.voice] * SUBSET_REACH
        blocks.append(_block(voices, own, column, n_subsets))
    leans = scipy.sparse.csr_array(scipy.sparse.hstack(blocks))
    alone = scipy.sparse.csr_array(scipy.sparse.eye_array(leans.shape[1]))
    copies = scipy.sparse.eye_array(leans.shape[1] // max(voices.n_voices, 1))
    kinship = scipy.sparse.csr_array(scipy.sparse.kron(copies, find_kinship(voices)))
    return Departures(leans, scale, (alone, kinship))


def _block(voices: Voices, values: Floats, column: Ints, n_copies: int) -> "scipy.sparse.csr_array":
    """Return a table of the entries' values, shape (n_items, n_copies * n_voices)."""
    shape = (voices.n_items, n_copies * voices.n_voices)
    return scipy.sparse.csr_array((values, (voices.item, column)), shape=shape)


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
