"""Strengths of many contestants from the outcomes of their comparisons."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import scipy

from winnow.annotation.aggregation.davidson import Davidson, fit_davidson
from winnow.annotation.aggregation.davidson_fields import fit_fields
from winnow.annotation.aggregation.sums import sum_by
from winnow.annotation.aggregation.votes import Floats, Ints, encode, require_columns
from winnow.schemas.errors import MalformedInput

COLUMNS = ("a", "b", "p_a", "p_b", "p_tie")
PRIOR_OUTCOMES = 0.1
"""Wins, losses and ties that each pair that met is credited with, so that who never lost is not infinitely strong."""


def bradley_terry(outcomes: pa.Table) -> pa.Table:
    """Estimate strengths with ties: how strong is each contestant, given whom it beat?

    The model is that of `davidson`. Serves a prompt's group of responses as well as a tournament of models.

    Args:
        outcomes: One row a comparison: a, b (names), p_a, p_b, p_tie (a label; counts as that much of each outcome).

    Returns:
        name; strength (log s, mean 0 within a part); part (contestants of different parts never met, not even by way
        of others, and their strengths cannot be compared); n_comparisons.

    Raises:
        MalformedInput: A column is missing, or a contestant meets itself.
    """
    met = pool(read_outcomes(outcomes))
    part, n = parts_of(met), len(met.names)
    strength = np.zeros(n)
    for names, left, right, outcome in _alike_parts(met, part):
        strength[names] = fit_fields(left, right, outcome, names.shape[1])
    total = met.outcome.sum(axis=1)
    n_met = sum_by(met.left, total, n) + sum_by(met.right, total, n)
    return pa.table(
        {
            "name": met.names,
            "strength": strength,
            "part": part,
            "n_comparisons": np.round(n_met).astype(np.int64),
        }
    )


class Met(NamedTuple):
    """Who met whom, and what came of it."""

    names: pa.Array
    """Distinct contestants."""

    left: Ints
    """Shape (n_meetings,): index of one contestant."""

    right: Ints
    """Shape (n_meetings,): index of the other."""

    outcome: Floats
    """Shape (n_meetings, 3): how much of it left won, right won, and neither."""

    def of(self, rows: Ints) -> "Met":
        """Return some of the meetings."""
        return self._replace(
            left=self.left[rows], right=self.right[rows], outcome=self.outcome[rows]
        )


def parts_of(met: Met) -> Ints:
    """Number the parts of the field; contestants of different parts never met, not even by way of others."""
    n, ones = len(met.names), np.ones(len(met.left))
    links = scipy.sparse.coo_array((ones, (met.left, met.right)), shape=(n, n))
    return np.asarray(scipy.sparse.csgraph.connected_components(links, directed=False)[1]).astype(
        np.int64
    )


def fit_parts(met: Met, part: Ints) -> Iterator[tuple[Ints, Davidson]]:
    """Fit each part for itself, with its own inclination to ties.

    Args:
        met: Pooled meetings; each is credited with `PRIOR_OUTCOMES`.
        part: Shape (n_contestants,).

    Yields:
        Indices of the part's contestants, ascending, and their fit.
    """
    outcome = met.outcome + PRIOR_OUTCOMES
    rows = np.argsort(part[met.left], kind="stable")
    for of_part in np.split(rows, np.flatnonzero(np.diff(part[met.left][rows])) + 1):
        names = np.unique([met.left[of_part], met.right[of_part]])
        left, right = (np.searchsorted(names, side[of_part]) for side in (met.left, met.right))
        yield names, fit_davidson(left, right, outcome[of_part], len(names))


def _alike_parts(met: Met, part: Ints) -> Iterator[tuple[Ints, Ints, Ints, Floats]]:
    """Collect the parts in which the same places met: of prompts with as many responses each, most do.

    Yields:
        Indices of the contestants, ascending, shape (n_parts, n); which places met, shape (n_meetings,) each; and what came
        of it, shape (n_parts, n_meetings, 3), each meeting credited with `PRIOR_OUTCOMES`.
    """
    of_part = np.argsort(part, kind="stable")
    n_names = np.bincount(part)
    starts = np.cumsum(n_names) - n_names
    place = np.empty(len(part), np.int64)
    place[of_part] = np.arange(len(part)) - starts[part[of_part]]
    rows = np.argsort(part[met.left], kind="stable")
    n_met = np.bincount(part[met.left], minlength=len(n_names))
    begins = np.cumsum(n_met) - n_met
    for n, m in np.unique(np.column_stack([n_names, n_met]), axis=0):
        chosen = np.flatnonzero((n_names == n) & (n_met == m))
        meetings = rows[begins[chosen][:, None] + np.arange(m)]
        shapes = np.column_stack([place[met.left[meetings]], place[met.right[meetings]]])
        kinds, kind = np.unique(shapes, axis=0, return_inverse=True)
        for k, shape in enumerate(kinds):
            mine = np.flatnonzero(kind.ravel() == k)
            names = of_part[starts[chosen[mine]][:, None] + np.arange(n)]
            yield names, shape[:m], shape[m:], met.outcome[meetings[mine]] + PRIOR_OUTCOMES


def pool(met: Met) -> Met:
    """Add up the outcomes of each pair, whichever of the two stood first."""
    pair, outcome = turned(met)
    n = len(met.names)
    pairs, index = np.unique(pair, return_inverse=True)
    pooled = np.column_stack([sum_by(index, column, len(pairs)) for column in outcome.T])
    return Met(met.names, pairs // n, pairs % n, pooled)


def turned(met: Met) -> tuple[Ints, Floats]:
    """Return a number for each meeting's pair, ascending as in `pool`, and its outcome with the pair in that order."""
    low, high = np.minimum(met.left, met.right), np.maximum(met.left, met.right)
    is_turned = (met.left > met.right)[:, None]
    return low * len(met.names) + high, np.where(is_turned, met.outcome[:, [1, 0, 2]], met.outcome)


def read_outcomes(outcomes: pa.Table) -> Met:
    """Read outcomes as `bradley_terry` takes them, checked."""
    require_columns(outcomes, COLUMNS, "outcomes")
    if outcomes.num_rows == 0:
        raise MalformedInput("outcomes are empty: at least one comparison is needed to rank")
    a, b = outcomes["a"], outcomes["b"]
    if a.type != b.type:
        a, b = a.cast(pa.string()), b.cast(pa.string())
    both = pa.chunked_array([*a.chunks, *b.chunks], a.type)
    names, index = encode(pa.table({"name": both}), "name")
    left, right = index[: outcomes.num_rows], index[outcomes.num_rows :]
    if (left == right).any():
        name = names[left[left == right][0]].as_py()
        raise MalformedInput(f"outcomes compare {name!r} with itself; drop such rows", name=name)
    outcome = np.column_stack([np.asarray(outcomes[name], float) for name in COLUMNS[2:]])
    return Met(names, left, right, outcome)
