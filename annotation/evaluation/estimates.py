"""Means with the interval that the number of independent prompts leaves open."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Floats, Ints
from winnow.schemas.measures.shares import clustered


class Estimate(NamedTuple):
    """A measured figure with its 95 % interval."""

    value: float
    low: float | None
    """Lower end; None where no interval can be given."""

    high: float | None
    """Upper end; None where no interval can be given."""

    n: int
    """Cases behind it."""


def share_of(values: Floats, cluster: Ints, weight: Floats | None = None) -> Estimate | None:
    """Return the mean of values from 0 to 1 with its interval; comparisons of one prompt err together.

    Args:
        values: Shape (n,), 0 to 1.
        cluster: Shape (n,), number of the prompt that each belongs to.
        weight: Shape (n,), not negative; None weighs all alike.

    Returns:
        None of no cases.

    Source: `winnow.schemas.measures.shares.clustered`.
    """
    if not len(values):
        return None
    return Estimate(*clustered(values, cluster, confidence=0.95, weights=weight), len(values))


def mean_of(values: Floats, cluster: Ints) -> Estimate | None:
    """Return the mean of differences, with Student's interval over the prompts.

    Args:
        values: Shape (n,), any range.
        cluster: Shape (n,), number of the prompt that each belongs to.

    Returns:
        None of no cases; without an interval of a single prompt.
    """
    from scipy.special import stdtrit

    if not len(values):
        return None
    mean, variance, n_clusters = _clustered(values, cluster)
    if n_clusters < 2:
        return Estimate(mean, None, None, len(values))
    reach = float(stdtrit(n_clusters - 1, 0.975)) * float(np.sqrt(variance))
    return Estimate(mean, mean - reach, mean + reach, len(values))


def _clustered(values: Floats, cluster: Ints) -> tuple[float, float, int]:
    """Return the mean, its variance by linearisation over clusters, and the number of clusters."""
    mean = float(values.mean())
    _, index = np.unique(cluster, return_inverse=True)
    sums = np.bincount(index, values - mean)
    n = len(sums)
    return mean, float((sums**2).sum()) / len(values) ** 2 * n / max(n - 1, 1), n
