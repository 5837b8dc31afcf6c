"""Shares and what small numbers leave open of them: every interval of a share is worked out here."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Z_95 = 1.959963984540054
"""Standard normal quantile that a 95 % interval reaches."""
_NO_VARIANCE = 1e-12

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Interval(NamedTuple):
    """A share with its interval, all within 0..1."""

    value: float
    low: float
    high: float


class Intervals(NamedTuple):
    """Shares with their intervals, all within 0..1; shape (n,) each."""

    value: Floats
    low: Floats
    high: Floats


def wilson(value: float, n: float, quantile: float = Z_95) -> Interval:
    """Return Wilson's score interval of a share.

    Args:
        value: The share, 0 to 1.
        n: Independent cases behind it, above 0; need not be whole.
        quantile: How many standard deviations it reaches; the default covers 95 %.

    Source: Wilson 1927, J. Am. Stat. Assoc. 22(158), 209-212.
    """
    value, low, high = map(float, _wilson(value, n, quantile))
    return Interval(value, low, high)


def posterior(k: int, n: int, *, confidence: float = 0.95) -> Interval:
    """Return what k of n independent draws say of the share behind them, every share being as likely before.

    Args:
        k: Draws that count, 0 to n.
        n: Draws.
        confidence: Probability that the interval holds the share.

    Returns:
        The mean of the Beta(1 + k, 1 + n - k) distribution, and its quantiles that leave out as much on either side.
    """
    from scipy.stats import beta

    low, high = beta.ppf([(1 - confidence) / 2, (1 + confidence) / 2], 1 + k, 1 + n - k)
    return Interval((1 + k) / (2 + n), float(low), float(high))


def clustered(
    values: Floats, clusters: Integers, *, confidence: float, weights: Floats | None = None
) -> Interval:
    """Return the mean of values from 0 to 1, with Wilson's interval for as many cases as the clusters are worth.

    Cases of one prompt err together, so the variance of the mean is that of the G clusters' sums of deviations, times
    G / (G - 1); where the cases of a cluster happen to even out, it is no smaller than that of independent cases. A
    mean m of n independent draws of 0 or 1 has the variance m (1 - m) / n, which gives the n of Wilson's formula (ties,
    which are halves, make it larger than the number of cases). Where all values are alike, each cluster counts as one
    case. The quantile is Student's with G - 1 degrees of freedom.

    Args:
        values: Shape (n,), n > 0, in 0..1.
        clusters: Shape (n,), number of the cluster of each, from 0.
        confidence: Probability that the interval holds the mean of all clusters there could be.
        weights: Shape (n,), not negative; None weighs all alike.

    Returns:
        0 to 1 round the mean where there is one cluster only.

    Source: Korn and Graubard 1998, Survey Methodology 24(2), 193-201 (the n); Dean and Pagano 2015, J. Surv. Stat.
    Methodol. 3(4), 484-503 (Wilson's interval with it); Cameron and Miller 2015, J. Hum. Resour. 50(2), 317-372.
    """
    weights = np.ones(len(values)) if weights is None else weights
    total = float(weights.sum())
    mean = float(weights @ values) / total
    away = weights * (values - mean)
    sums: Floats = np.bincount(clusters, away).astype(np.float64)[np.bincount(clusters) > 0]
    together, alone = _variance(sums @ sums, len(sums)), _variance(away @ away, len(away))
    variance = max(together, alone) / total**2
    found = _clustered(np.array([mean]), np.array([variance]), np.array([len(sums)]), confidence)
    value, low, high = (float(ends[0]) for ends in found)
    return Interval(value, low, high)


def clustered_each(
    values: Floats, clusters: Integers, groups: Integers, *, confidence: float
) -> Intervals:
    """Do what `clustered` does for the values of each of many groups, in one go.

    Args:
        values: Shape (n,), in 0..1.
        clusters: Shape (n,), number of the cluster of each, from 0; each cluster is part of one group and has values.
        groups: Shape (n_clusters,), number of the group of each cluster, from 0; each group has clusters.
        confidence: As for `clustered`.
    """
    group = groups[clusters]
    n, n_clusters = np.bincount(group), np.bincount(groups)
    mean: Floats = np.bincount(group, values) / n
    away = values - mean[group]
    sums = np.bincount(clusters, away)
    together = _variance(np.bincount(groups, sums * sums), n_clusters)
    alone = _variance(np.bincount(group, away * away), n)
    return _clustered(mean, np.maximum(together, alone) / n**2, n_clusters, confidence)


def mean_and_reach(values: Floats, clusters: Integers) -> tuple[float, float | None]:
    """Return the mean of values of any range, and how far its 95 % interval reaches to either side.

    Cases of one cluster err together: the variance of the mean is that of the clusters' sums of deviations, the quantile
    Student's.

    Args:
        values: Shape (n,), n > 0.
        clusters: Shape (n,), number of the cluster of each, from 0.

    Returns:
        None for the reach where there is one cluster only.

    Source: Cameron and Miller 2015, J. Hum. Resour. 50(2), 317-372.
    """
    mean = float(values.mean())
    sums = np.bincount(clusters, values - mean)[np.bincount(clusters) > 0]
    n = len(sums)
    if n < 2:
        return mean, None
    variance = float(_variance(sums @ sums, n)) / len(values) ** 2
    return mean, student(n) * float(np.sqrt(variance))


def student(n_clusters: int) -> float:
    """Return how many standard deviations a 95 % interval reaches whose variance was told from so many clusters, at least 2."""
    from scipy.special import stdtrit

    return float(stdtrit(n_clusters - 1, 0.975))


def exact(n_right: int, n: int, confidence: float) -> tuple[float, float]:
    """Return the exact interval of n_right of n independent cases; 0 to 1 of none.

    It never covers less than it says, where the others do on the whole: what is promised rests on this one.

    Source: Clopper and Pearson 1934, Biometrika 26(4), 404-413.
    """
    from scipy.stats import binomtest

    if not n:
        return 0.0, 1.0
    found = binomtest(n_right, n).proportion_ci(confidence, method="exact")
    return float(found.low), float(found.high)


def _clustered(
    mean: Floats, variance: Floats, n_clusters: Integers, confidence: float
) -> Intervals:
    """Return the interval of each mean, from the variance of each and the clusters behind it; shape (n,) each."""
    from scipy.special import stdtrit

    worth = n_clusters.astype(np.float64)
    np.divide(mean * (1 - mean), variance, out=worth, where=variance > _NO_VARIANCE)
    quantile = stdtrit(np.maximum(n_clusters - 1, 1), (1 + confidence) / 2)
    _, low, high = _wilson(mean, worth, quantile)
    is_told = n_clusters > 1
    return Intervals(mean, np.where(is_told, low, 0.0), np.where(is_told, high, 1.0))


def _wilson(value: Any, n: Any, quantile: Any) -> tuple[Any, Any, Any]:
    """Work out `wilson` for numbers, or for arrays of one shape."""
    z2 = quantile**2
    middle = (value + z2 / (2 * n)) / (1 + z2 / n)
    reach = np.sqrt(z2 / n * (value * (1 - value) + z2 / (4 * n))) / (1 + z2 / n)
    low, high = np.maximum(0.0, middle - reach), np.minimum(1.0, middle + reach)
    return value, np.minimum(value, low), np.maximum(value, high)


def _variance(squares: Any, n: Any) -> Any:
    """Return the variance of a total of n independent parts, told from the sum of the squares of their deviations."""
    return squares * n / np.maximum(n - 1, 1)
