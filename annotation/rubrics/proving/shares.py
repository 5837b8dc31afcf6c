"""Shares over comparisons, with the intervals that clusters leave open."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Floats, Ints
from winnow.annotation.rubrics.proving.chance import (
    lower_bound,
    net_wins,
    sign_test,
    upper_bound,
)
from winnow.schemas.measures.shares import clustered
from winnow.schemas.rubrics import MeasuredFigure

TWO_SIDED, ONE_SIDED = 0.95, 0.025


class Wins(NamedTuple):
    """How often something was right of comparisons on which it says anything."""

    value: Floats
    """Shape (n,): 1 right, 0 wrong, 1/2 of a tie that counts."""

    cluster: Ints
    """Shape (n,): the cluster of each."""

    n_won: int
    """Clusters in which it was right more often than wrong."""

    n_lost: int
    """Clusters in which it was wrong more often than right."""

    @classmethod
    def of(cls, outcome: Floats, cluster: Ints, *, counts_ties: bool) -> "Wins":
        """Count.

        Args:
            outcome: Shape (n,): above 0 where it is right, below where wrong, 0 of a tie, NaN where it says nothing.
            cluster: Shape (n,).
            counts_ties: Whether a tie is half right; else it says nothing.
        """
        counts = ~np.isnan(outcome) & (counts_ties | (outcome != 0))
        value = (1 + np.sign(outcome[counts])) / 2
        won, lost = net_wins(outcome, cluster)
        return cls(value, cluster[counts], won, lost)

    @property
    def p(self) -> float:
        """How likely a coin is right so often; comparisons of one cluster count as one."""
        return float(sign_test(np.array(self.n_won), np.array(self.n_lost)))

    def measured(self, level: float) -> MeasuredFigure | None:
        """Return the share that is right, its lower end at a one-sided level; None where it says nothing at all.

        The bounds are exact where no two of the comparisons err together and none is a tie.
        """
        n = len(self.value)
        if not n:
            return None
        value = float(self.value.mean())
        if len(np.unique(self.cluster)) == n == self.n_won + self.n_lost:
            low = lower_bound(self.n_won, self.n_lost, level)
            high = upper_bound(self.n_won, self.n_lost, ONE_SIDED)
            return MeasuredFigure(value=value, low=min(low, value), high=max(high, value), n=n)
        numbers = np.unique(self.cluster, return_inverse=True)[1]
        low = clustered(self.value, numbers, confidence=1 - 2 * level).low
        high = clustered(self.value, numbers, confidence=TWO_SIDED).high
        return MeasuredFigure(value=value, low=low, high=high, n=n)


def share(values: Floats, cluster: Ints) -> MeasuredFigure | None:
    """Return the mean of values from 0 to 1 with its 95 % interval; None of no cases."""
    if not len(values):
        return None
    numbers = np.unique(cluster, return_inverse=True)[1]
    found = clustered(values, numbers, confidence=TWO_SIDED)
    return MeasuredFigure(value=found.value, low=found.low, high=found.high, n=len(values))
