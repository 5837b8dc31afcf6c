"""What distributions of numbers say of two responses."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def expected(shares: Sequence[float]) -> float:
    """Compute the mean of the numbers 1, 2, ... whose shares these are."""
    return float(np.arange(1, len(shares) + 1) @ np.asarray(shares))


def sum_of(distributions: Sequence[Sequence[float]]) -> list[float]:
    """Compute the shares of the sums of independent numbers that each begin at 1; the first is that of the lowest sum."""
    total: Floats = np.ones(1)
    for shares in distributions:
        total = np.convolve(total, np.asarray(shares)).astype(np.float64)
    return [float(share) for share in total]


def higher(a: Sequence[float], b: Sequence[float], least: int = 1) -> float:
    """Compute P(b is higher than a by `least` or more), and half of P(they differ by less), of independent numbers.

    Args:
        a: Shares of neighbouring numbers, ascending.
        b: Shares of the same numbers.
        least: Differences below it are a tie.
    """
    difference = np.convolve(b, a[::-1])
    at = np.arange(len(difference)) - (len(a) - 1)
    tied = np.abs(at) < least
    p = float(difference[at >= least].sum() + difference[tied].sum() / 2)
    return min(1.0, max(0.0, p))


def mixed(distributions: Sequence[Mapping[float, float]]) -> dict[float, float]:
    """Compute the mean of distributions, shares by number; numbers ascend."""
    numbers = sorted({number for shares in distributions for number in shares})
    n = len(distributions)
    return {x: sum(shares.get(x, 0.0) for shares in distributions) / n for x in numbers}
