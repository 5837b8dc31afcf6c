"""The directions in the space of the raters' departures that gold has something to say about."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import scipy

from winnow.annotation.aggregation.kinship import find_kinship
from winnow.annotation.aggregation.raters import Raters
from winnow.annotation.aggregation.votes import Floats, Ints

MAX_DIRECTIONS = 64
"""Directions kept, those along which the gold items differ most."""
MAX_WHOLE = 1500
"""Rows of a symmetric table up to which it is decomposed whole; of a larger one the first directions alone are found."""
CERTAINTY_REACH = 0.7
"""How far what a rater's certainty is worth may depart, from its least to its most certain, relative to the rater itself."""
SUBSET_REACH = 0.7
"""How far a rater may depart in one subset alone, relative to how far it may in all."""
CHUNK = 50_000
"""Items worked on at once."""


class Departures(NamedTuple):
    """How each item's log-odds move with the raters' departures from the consensus."""

    leans: "scipy.sparse.csr_array"
    """Shape (n_items, n_columns), scaled so that a typical entry is of size 1. The first n_raters columns are the
    raters'; where certainty is stated, as many follow with the leans times its rank, and where there are subsets, as many
    for each subset, filled for its items only."""

    scale: Floats
    """Shape (n_raters,): what the leans of each rater were multiplied by."""

    kinships: tuple["scipy.sparse.csr_array", ...]
    """Correlations of the departures, shape (n_columns, n_columns) each, before what is common to all is taken out: of
    raters that depart each by itself, and of raters that depart together with those that say alike."""

    common: Floats
    """Shape (n_columns,), of length 1 or 0: the direction in which all raters depart as the consensus weighs them."""


class Directions(NamedTuple):
    """Uncorrelated directions of departure, and the gold items' coordinates along them."""

    departures: Departures
    kinship: "scipy.sparse.csr_array"
    """The one of `departures.kinships` that the directions are of."""

    basis: Floats
    """Shape (n_columns, n_directions): the departures of a unit step along each direction."""

    gold: Floats
    """Shape (n_gold, n_directions): coordinates of the gold items."""

    def of_rater(self, coefficients: Floats) -> Floats:
        """Return what one decisive verdict of each rater adds, whatever the subset; shape (n_raters, ...).

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
        leans, common = self.departures.leans[items], self.departures.common
        along, pulled = leans @ common, self.kinship @ common
        length = np.asarray((leans @ self.kinship).multiply(leans).sum(axis=1)).ravel()
        length += along * (float(common @ pulled) * along - 2 * (leans @ pulled))
        return np.maximum(length - (coordinates**2).sum(axis=1), 0)


def gather_departures(
    raters: Raters, reach: Floats, slope: Floats, subset: Ints, certain: Floats
) -> Departures:
    """Lay out the leans by how far each rater may depart.

    Args:
        raters: Leans by item and rater.
        reach: Shape (n_raters,), not negative: how far each rater may depart, relative to the others.
        slope: Shape (n_raters,): what the consensus makes of a verdict of each, in nats.
        subset: Shape (n_items,): number of the item's subset; with more than one, a rater may depart in each as well.
        certain: Shape (n_entries,): leans times the rank of their certainty, 0 where none is stated.
    """
    reached = raters.lean * reach[raters.rater]
    factor = float(np.sqrt(len(reached) / max(float((reached**2).sum()), 1e-12)))
    scale = reach * factor
    blocks = [_block(raters, raters.lean * scale[raters.rater], raters.rater, 1)]
    if certain.any():
        stated = certain * scale[raters.rater] * CERTAINTY_REACH
        blocks.append(_block(raters, stated, raters.rater, 1))
    n_subsets = int(subset.max(initial=0)) + 1
    if n_subsets > 1:
        column = subset[raters.item] * raters.n_raters + raters.rater
        own = raters.lean * scale[raters.rater] * SUBSET_REACH
        blocks.append(_block(raters, own, column, n_subsets))
    leans = scipy.sparse.csr_array(scipy.sparse.hstack(blocks))
    alone = scipy.sparse.csr_array(scipy.sparse.eye_array(leans.shape[1]))
    copies = scipy.sparse.eye_array(leans.shape[1] // max(raters.n_raters, 1))
    kinship = scipy.sparse.csr_array(scipy.sparse.kron(copies, find_kinship(raters)))
    return Departures(leans, scale, (alone, kinship), _common(slope, scale, leans.shape[1]))


def _common(slope: Floats, scale: Floats, n_columns: int) -> Floats:
    common = np.zeros(n_columns)
    can_move = scale > 0
    common[: len(slope)][can_move] = slope[can_move] / scale[can_move]
    return np.asarray(common / max(float(np.linalg.norm(common)), 1e-12))


def _block(raters: Raters, values: Floats, column: Ints, n_copies: int) -> "scipy.sparse.csr_array":
    """Return a table of the entries' values, shape (n_items, n_copies * n_raters)."""
    shape = (raters.n_items, n_copies * raters.n_raters)
    return scipy.sparse.csr_array((values, (raters.item, column)), shape=shape)


def find_directions(
    departures: Departures, kinship: "scipy.sparse.csr_array", rows: Ints
) -> Directions:
    """Find the directions along which the gold items differ; all others stay as the prior has them.

    With X the leans of the gold items, departures d ~ N(0, Q) move their log-odds by X d, with covariance X Q X' = U S^2 U'.
    Along the directions Q X' U S^-1 their coordinates are U S, and steps are independent and of unit variance. Where there
    are fewer columns than gold items, the same is found from a root of Q.

    Q = P K P, with K the kinship and P the projection off the common direction. How sure all raters make an item is the
    factor on the agreement; the agreement levels off where a sum of votes goes on to grow, and so a common departure
    beside the factor would make the surest items less sure than those that some raters speak against.

    Args:
        departures: Of all items.
        kinship: One of `departures.kinships`.
        rows: Indices of the gold items, at least one.
    """
    leans, common = departures.leans[rows], departures.common
    size = 1e-10 * max(float((leans.data**2).sum()), 1e-12)
    if leans.shape[1] < len(rows):
        projection = np.eye(len(common)) - np.outer(common, common)
        value, vector = np.linalg.eigh(projection @ kinship.toarray() @ projection)
        root = vector * np.sqrt(np.maximum(value, 0))
        rooted = np.asarray(leans @ root)
        _, turned = _leading(rooted.T @ rooted, size)
        basis = root @ turned
    else:
        along, pulled = leans @ common, kinship @ common
        crossed = np.outer(leans @ pulled, along)
        square = (leans @ kinship @ leans.T).toarray() - crossed - crossed.T
        square += float(common @ pulled) * np.outer(along, along)
        value, turned = _leading(square, size)
        steps = _off(leans.T @ (turned / np.sqrt(value)), common)
        basis = _off(np.asarray(kinship @ steps), common)
    return Directions(departures, kinship, basis, np.asarray(leans @ basis))


def _off(table: Floats, common: Floats) -> Floats:
    """Take the common direction out of each column."""
    return np.asarray(table - np.outer(common, common @ table))


def _leading(table: Floats, least: float) -> tuple[Floats, Floats]:
    """Return the largest eigenvalues of a symmetric table and their vectors, those above the least alone."""
    if len(table) > MAX_WHOLE:
        start = np.ones(len(table))
        value, vector = scipy.sparse.linalg.eigsh(table, k=MAX_DIRECTIONS, v0=start)
    else:
        value, vector = np.linalg.eigh(table)
    largest = np.argsort(-value, kind="stable")[:MAX_DIRECTIONS]
    kept = largest[value[largest] > least]
    return value[kept], np.ascontiguousarray(vector[:, kept])
