"""Davidson's fit of many small fields at once, such as the responses to each of many prompts."""

from collections.abc import Iterator

import numpy as np

from winnow.annotation.aggregation.davidson import (
    LONGEST_STEP,
    MAX_ROUNDS,
    TOLERANCE,
    fit_davidson,
)
from winnow.annotation.aggregation.votes import Floats, Ints

FEW = 8
"""Fields below which one after the other takes less time."""
CELLS = 4_000_000
"""Numbers of the fields' tables that are held at once."""


def fit_fields(left: Ints, right: Ints, outcome: Floats, n: int) -> Floats:
    """Return the strengths that `fit_davidson` finds in each field, shape (n_fields, n).

    Args:
        left: Shape (n_meetings,): index of one contestant, the same in every field.
        right: Shape (n_meetings,): index of the other.
        outcome: Shape (n_fields, n_meetings, 3): how much of each meeting left won, right won and neither, all above 0.
        n: Contestants of a field.
    """
    if len(outcome) < FEW:
        found = [fit_davidson(left, right, one, n).strength for one in outcome]
        return np.array(found).reshape(len(outcome), n)
    return np.concatenate([_fit(left, right, some, n) for some in _chunks(outcome, n)])


def _chunks(outcome: Floats, n: int) -> Iterator[Floats]:
    size = max(CELLS // max((n + 1) ** 2, outcome.shape[1] * 3), 1)
    for start in range(0, len(outcome), size):
        yield outcome[start : start + size]


def _fit(left: Ints, right: Ints, outcome: Floats, n: int) -> Floats:
    """Take Newton's steps in all fields until each stands still; see `davidson.fit_davidson`."""
    found = np.zeros((len(outcome), n + 1))
    found[:, n] = np.log(2 * outcome[:, :, 2].sum(axis=1) / outcome[:, :, :2].sum(axis=(1, 2)))
    moving = np.arange(len(outcome))
    for _ in range(MAX_ROUNDS):
        step = _step(left, right, outcome[moving], found[moving], n)
        longest = np.abs(step).max(axis=1)
        step *= np.minimum(1.0, LONGEST_STEP / np.maximum(longest, 1e-300))[:, None]
        found[moving] += step
        moving = moving[np.abs(step).max(axis=1) >= TOLERANCE]
        if not len(moving):
            break
    strength = found[:, :n]
    return np.asarray(strength - strength.mean(axis=1, keepdims=True))


def _step(left: Ints, right: Ints, outcome: Floats, at: Floats, n: int) -> Floats:
    total = outcome.sum(axis=2)
    ahead, tie = at[:, left] - at[:, right], at[:, n, None]
    top = np.maximum(np.abs(ahead) / 2, tie)
    won, lost, tied = np.exp(ahead / 2 - top), np.exp(-ahead / 2 - top), np.exp(tie - top)
    lead, tied = (won - lost) / (won + lost + tied), tied / (won + lost + tied)
    pull = (outcome[:, :, 0] - outcome[:, :, 1] - total * lead) / 2
    pulls = np.zeros((len(outcome), n + 1))
    information = np.zeros((len(outcome), n + 1, n + 1))
    information[:, :n, :n] = 1 / n
    of_lead, of_both = total * (1 - tied - lead**2) / 4, -total * lead * tied / 2
    for k, (i, j) in enumerate(zip(left, right, strict=True)):
        for side, sign in ((i, 1), (j, -1)):
            pulls[:, side] += sign * pull[:, k]
            information[:, side, side] += of_lead[:, k]
            information[:, side, n] += sign * of_both[:, k]
        information[:, i, j] -= of_lead[:, k]
        information[:, j, i] -= of_lead[:, k]
    information[:, n, :n] = information[:, :n, n]
    information[:, n, n] = (total * tied * (1 - tied)).sum(axis=1)
    pulls[:, n] = (outcome[:, :, 2] - total * tied).sum(axis=1)
    return np.asarray(np.linalg.inv(information) @ pulls[:, :, None])[:, :, 0]
