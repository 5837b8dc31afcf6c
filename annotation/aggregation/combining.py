"""Several scores of a response made into one judgment.

Gates come first (`passes`): a response that breaks a hard constraint is out, whatever else it is. Then either the factors
are asked in order of importance (`first_difference`), or they are added up: with weights where one may make up for
another (`weighted`), or by log-sigmoids where all must be good (`all_good`).
"""

import numpy as np

from winnow.annotation.aggregation.votes import Bools, Floats
from winnow.schemas.errors import InvalidSettings


def passes(scores: Floats, minimum: Floats) -> Bools:
    """Say which responses meet every hard constraint.

    Args:
        scores: Shape (n_responses, n_factors); a score that is NaN fails.
        minimum: Shape (n_factors,): least score that passes; -inf for a factor that is no constraint.

    Returns:
        Shape (n_responses,).
    """
    _check_factors(scores, minimum, "minimum")
    is_met = (scores >= minimum) | np.isneginf(minimum)
    return np.asarray(is_met.all(axis=1))


def first_difference(a: Floats, b: Floats, tolerance: Floats) -> Floats:
    """Compare pairs factor by factor, the first factor that differs deciding.

    Args:
        a: Shape (n_pairs, n_factors), most important factor first.
        b: Shape (n_pairs, n_factors).
        tolerance: Shape (n_factors,): differences up to this count as none.

    Returns:
        Shape (n_pairs,): +1 where a is better, -1 where b is, 0 where no factor differs.
    """
    _check_factors(a, tolerance, "tolerance")
    difference = a - b
    differs = np.abs(difference) > tolerance
    first = differs.argmax(axis=1)
    return np.sign(difference[np.arange(len(a)), first]) * differs.any(axis=1)


def all_good(scores: Floats, centre: Floats, scale: Floats) -> Floats:
    """Add up log-sigmoids: one poor factor costs without bound, a very good one gains next to nothing.

    Args:
        scores: Shape (n_responses, n_factors).
        centre: Shape (n_factors,): score that is neither good nor poor, worth log(1/2).
        scale: Shape (n_factors,), positive: difference that counts as one step.

    Returns:
        Shape (n_responses,), at most 0: sum of -log(1 + exp(-(score - centre) / scale)).

    Raises:
        InvalidSettings: A scale is not positive.
    """
    _check_factors(scores, centre, "centre")
    _check_factors(scores, scale, "scale")
    if (scale <= 0).any():
        raise InvalidSettings(f"scale has {scale.min()}, wanted positive numbers only")
    total: Floats = -np.logaddexp(0, -(scores - centre) / scale).sum(axis=1)
    return total


def weighted(scores: Floats, weights: Floats) -> Floats:
    """Add up the factors under one or several vectors of weights.

    Args:
        scores: Shape (n_responses, n_factors).
        weights: Shape (n_factors,), or (n_vectors, n_factors) for as many points of view.

    Returns:
        Shape (n_responses,), or (n_responses, n_vectors).
    """
    _check_factors(scores, weights, "weights")
    return scores @ weights.T


def _check_factors(scores: Floats, setting: Floats, name: str) -> None:
    if scores.ndim != 2 or setting.shape[-1:] != scores.shape[1:]:
        wanted = scores.shape[1] if scores.ndim == 2 else "a table of scores"
        raise InvalidSettings(f"{name} is for {setting.shape[-1]} factors, wanted {wanted}")
