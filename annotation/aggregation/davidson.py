"""Strengths of contestants, some of whose meetings end in a tie."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.sums import sum_by
from winnow.annotation.aggregation.votes import Floats, Ints

MAX_ROUNDS = 100
"""Newton steps; a fit takes about ten."""
TOLERANCE = 1e-9
"""Step, in nats, below which a fit is done."""
LONGEST_STEP = 2.0
"""Nats that a parameter moves at most in one step: far from the optimum, Newton's step overshoots."""


class Davidson(NamedTuple):
    """Fitted strengths of n contestants, all of which met, be it by way of others."""

    strength: Floats
    """Shape (n,): log s, mean 0."""

    tie: float
    """log 2v: how readily the field ties."""

    covariance: Floats
    """Shape (n + 1, n + 1): of the strengths and the tie, were every outcome independent of the others."""

    def residuals(self, left: Ints, right: Ints, outcome: Floats) -> Floats:
        """Return how far outcomes pull on the lead of left over right, and on the tie; shape (n_meetings, 2)."""
        return _pulls(*self._chances(left, right), outcome)

    def _chances(self, left: Ints, right: Ints) -> tuple[Floats, Floats]:
        return _chances(self.strength[left] - self.strength[right], self.tie)


def fit_davidson(left: Ints, right: Ints, outcome: Floats, n: int) -> Davidson:
    """Find the likeliest strengths.

    P(i beats j) : P(j beats i) : P(tie) = s_i : s_j : 2 v sqrt(s_i s_j), an exponential family in log s and log 2v: its
    log-likelihood is concave, and Newton's steps lead to its one maximum.

    Args:
        left: Shape (n_meetings,): index of one contestant.
        right: Shape (n_meetings,): index of the other.
        outcome: Shape (n_meetings, 3): how much of it left won, right won and neither, all above 0; need not be whole.
        n: Contestants.

    Source: Davidson 1970, J. Am. Stat. Assoc. 65(329), 317-328.
    """
    total = outcome.sum(axis=1)
    strength, tie = np.zeros(n), float(np.log(2 * outcome[:, 2].sum() / outcome[:, :2].sum()))
    for _ in range(MAX_ROUNDS):
        lead, tied = _chances(strength[left] - strength[right], tie)
        pull = _pulls(lead, tied, outcome)
        information = _information(left, right, total, lead, tied, n)
        covariance: Floats = np.asarray(np.linalg.inv(information), np.float64)
        step = covariance @ np.append(_of_each(left, right, pull[:, 0], n), pull[:, 1].sum())
        step *= min(1.0, LONGEST_STEP / max(float(np.abs(step).max()), 1e-300))
        strength, tie = strength + step[:n], tie + float(step[n])
        if np.abs(step).max() < TOLERANCE:
            break
    return Davidson(strength - strength.mean(), tie, covariance)


def _chances(lead: Floats, tie: float) -> tuple[Floats, Floats]:
    """Return P(left wins) - P(right wins) and P(tie) of each meeting."""
    top = np.maximum(np.abs(lead) / 2, tie)
    won, lost, tied = np.exp(lead / 2 - top), np.exp(-lead / 2 - top), np.exp(tie - top)
    total = won + lost + tied
    return (won - lost) / total, tied / total


def _pulls(lead: Floats, tied: Floats, outcome: Floats) -> Floats:
    total = outcome.sum(axis=1)
    return np.column_stack(
        [(outcome[:, 0] - outcome[:, 1] - total * lead) / 2, outcome[:, 2] - total * tied]
    )


def _information(
    left: Ints, right: Ints, total: Floats, lead: Floats, tied: Floats, n: int
) -> Floats:
    """Return the Fisher information, shape (n + 1, n + 1); only differences of strengths count, so their sum is fixed."""
    of_lead = total * (1 - tied - lead**2) / 4
    found = np.zeros((n + 1, n + 1))
    found[:n, :n] = 1 / n
    for i, j, sign in ((left, left, 1), (right, right, 1), (left, right, -1), (right, left, -1)):
        np.add.at(found, (i, j), sign * of_lead)
    found[:n, n] = found[n, :n] = _of_each(left, right, -total * lead * tied / 2, n)
    found[n, n] = (total * tied * (1 - tied)).sum()
    return found


def _of_each(left: Ints, right: Ints, values: Floats, n: int) -> Floats:
    return sum_by(left, values, n) - sum_by(right, values, n)
