"""What chance alone would do: sign tests, and bounds that know how many were tried."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Floats, Ints


def sign_test(wins: Ints, losses: Ints) -> Floats:
    """Return how likely a coin gives so many wins or more; 1 where there is neither win nor loss; any one shape."""
    from scipy.special import betainc

    wins, losses = np.asarray(wins), np.asarray(losses)
    return np.where(wins > 0, betainc(np.maximum(wins, 1), losses + 1, 0.5), 1.0)


class Tested(NamedTuple):
    """Hypotheses tested beside each other."""

    passes: np.ndarray
    """Whether each is above chance; shape (n,)."""

    level: Floats
    """Probability of a false alarm that each was granted; shape (n,)."""


def holm(p: Floats, alpha: float, n_tried: int) -> Tested:
    """Test hypotheses so that one false among them passes with probability alpha at most, whatever depends on what.

    Args:
        p: p-values, shape (n,).
        alpha: That probability.
        n_tried: How many were tried, those of which there is no p-value included; at least n.

    Source: Holm 1979, Scand. J. Statist. 6(2), 65-70.
    """
    order = np.argsort(p, kind="stable")
    granted = alpha / (n_tried - np.arange(len(p)))
    n_passed = int(np.cumprod(p[order] <= granted).sum())
    level, passes = np.empty(len(p)), np.zeros(len(p), bool)
    # What fails first, and all that follow, are left with the level of that step.
    level[order] = granted[np.minimum(np.arange(len(p)), n_passed)]
    passes[order[:n_passed]] = True
    return Tested(passes, level)


def lower_bound(wins: int, losses: int, level: float) -> float:
    """Return the exact one-sided lower bound of a share, 0 of none; above 1/2 just where `sign_test` is below the level.

    Source: Clopper and Pearson 1934, Biometrika 26(4), 404-413.
    """
    from scipy.special import betaincinv

    return float(betaincinv(wins, losses + 1, level)) if wins else 0.0


def upper_bound(wins: int, losses: int, level: float) -> float:
    """Return the exact one-sided upper bound of a share, 1 of none."""
    return 1 - lower_bound(losses, wins, level)


@lru_cache(maxsize=4096)
def chance_of_passing(n: int, level: float) -> float:
    """Return how often a coin passes the sign test of n cases at a level: 0 where they are too few for anything to pass."""
    wins = np.arange(n + 1)
    found = sign_test(wins, n - wins)
    return float(found[found <= level].max(initial=0.0))


def net_wins(outcome: Floats, cluster: Ints) -> tuple[int, int]:
    """Count the clusters in which more was won than lost, and those in which less was.

    Args:
        outcome: Shape (n,): above 0 for a win, below for a loss, 0 or NaN for neither.
        cluster: Shape (n,): the cluster of each, from 0.
    """
    net = np.bincount(cluster, np.sign(np.nan_to_num(outcome)), minlength=1)
    return int((net > 0.5).sum()), int((net < -0.5).sum())
