"""What one way of judging is right more often than another, on the same comparisons."""

import numpy as np

from winnow.annotation.aggregation.votes import Bools, Floats, Ints
from winnow.annotation.evaluation.estimates import mean_of
from winnow.schemas.rubrics import MeasuredFigure


def gain(outcome: Floats, other: Floats, cluster: Ints) -> MeasuredFigure | None:
    """Return the accuracy of one way less that of another, paired, with Student's interval over the clusters.

    Args:
        outcome: Shape (n,): above 0 where the one is right, below where wrong, 0 of a tie, which is half right, NaN where it
            says nothing.
        other: The same of the other.
        cluster: Shape (n,).

    Returns:
        None where no comparison was heard both ways.
    """
    is_heard = ~np.isnan(outcome) & ~np.isnan(other)
    return mean_difference(
        (np.sign(outcome[is_heard]) - np.sign(other[is_heard])) / 2, cluster[is_heard]
    )


def mean_difference(values: Floats, cluster: Ints) -> MeasuredFigure | None:
    """Return the mean of paired differences, with Student's interval over the clusters; None of none; shape (n,) both."""
    found = mean_of(values, cluster)
    return None if found is None else MeasuredFigure.model_validate(found._asdict())


def chance_of_gain(found: MeasuredFigure, n_clusters: int, least: float) -> float:
    """Return how likely a gain is so great of what gains no more than `least`, by Student's t over clusters."""
    from scipy.special import stdtr, stdtrit

    if found.low is None or n_clusters < 2:
        return 1.0
    error = (found.value - found.low) / float(stdtrit(n_clusters - 1, 0.975))
    if error < 1e-12:
        return 0.0 if found.value > least else 1.0
    return float(stdtr(n_clusters - 1, (least - found.value) / error))


def left_out(
    met: Floats, weight: Floats, sign: Floats, cluster: Ints
) -> list[MeasuredFigure | None]:
    """Return for each criterion the accuracy of all together less that of all the others.

    The total of a response is the mean of what its criteria say of it, by their weights; what nobody can say does not count.

    Args:
        met: Shape (n_criteria, n, 2): 1, 0 or NaN, of both responses of each comparison.
        weight: Shape (n_criteria,), below 0 where meeting it speaks against a response.
        sign: Shape (n,): 1 where the label prefers the first response, -1 where the second.
        cluster: Shape (n,).
    """
    said = (~np.isnan(met)) * np.abs(weight)[:, None, None]
    gained = np.nan_to_num(met) * weight[:, None, None]
    whole = _outcome(gained.sum(axis=0), said.sum(axis=0), sign)
    without = (
        _outcome(gained.sum(axis=0) - gained[i], said.sum(axis=0) - said[i], sign)
        for i in range(len(met))
    )
    # A rubric of one criterion says nothing without it, which is a tie of every comparison.
    return [
        gain(whole, np.where(np.isnan(whole), np.nan, np.nan_to_num(one)), cluster)
        for one in without
    ]


def total_outcome(met: Floats, weight: Floats, sign: Floats) -> Floats:
    """Say whether the totals agree with the labels: above 0 where they do, NaN without a total; arguments as of `left_out`."""
    said = (~np.isnan(met)) * np.abs(weight)[:, None, None]
    gained = np.nan_to_num(met) * weight[:, None, None]
    return _outcome(gained.sum(axis=0), said.sum(axis=0), sign)


def outcomes_of_some(met: Floats, weight: Floats, sign: Floats, some: Bools) -> Floats:
    """Do what `total_outcome` does for several selections of the criteria, beside each other.

    Args:
        met: Shape (n_criteria, n, 2), as of `left_out`.
        weight: Shape (n_criteria,).
        sign: Shape (n,).
        some: Shape (n_selections, n_criteria): which criteria each selection takes.

    Returns:
        Shape (n_selections, n).
    """
    said = (~np.isnan(met)) * np.abs(weight)[:, None, None]
    gained = np.nan_to_num(met) * weight[:, None, None]
    shape = (len(some), *sign.shape, 2)
    totals = [
        (some @ part.reshape(len(part), -1)).reshape(shape).astype(np.float64)
        for part in (gained, said)
    ]
    return _outcome(totals[0], totals[1], sign)


def _outcome(gained: Floats, said: Floats, sign: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        total = np.where(said > 1e-9, gained / said, np.nan)
    away = total[..., 0] - total[..., 1]
    return np.where(np.abs(away) < 1e-9, 0.0, away) * sign
