"""Sums by group."""

import numpy as np

from winnow.annotation.aggregation.votes import Floats, Ints


def sum_by(index: Ints, values: Floats, n_groups: int) -> Floats:
    """Sum the values of each group.

    Args:
        index: Shape (n_values,): group of each value, 0 to n_groups - 1.
        values: Shape (n_values,).
        n_groups: Number of groups; one without values sums to 0.
    """
    return np.bincount(index, values, n_groups).astype(np.float64, copy=False)


def count_by(index: Ints, n_groups: int) -> Floats:
    """Count the values of each group; shape (n_groups,)."""
    return np.bincount(index, minlength=n_groups).astype(np.float64)
