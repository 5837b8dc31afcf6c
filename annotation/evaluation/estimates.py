"""Means with the interval that the number of independent prompts leaves open."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Floats, Ints
from winnow.schemas.measures.shares import clustered, mean_and_reach


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

    Source: `winnow.schemas.measures.shares.mean_and_reach`.
    """
    if not len(values):
        return None
    mean, reach = mean_and_reach(values, np.unique(cluster, return_inverse=True)[1])
    if reach is None:
        return Estimate(mean, None, None, len(values))
    return Estimate(mean, mean - reach, mean + reach, len(values))
