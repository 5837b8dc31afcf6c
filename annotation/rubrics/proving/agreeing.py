"""How far judges agree on a criterion with each other and with people, those that prove reliable counting for more."""

import numpy as np

from winnow.annotation.aggregation.reliability import Hits
from winnow.annotation.aggregation.votes import Floats, Ints
from winnow.annotation.rubrics.proving.shares import share
from winnow.annotation.rubrics.proving.trials import majority
from winnow.schemas.labels import MAX_WEIGHT
from winnow.schemas.rubrics import MeasuredFigure

LEAST_WEIGHT = 0.05
"""Weight, in nats, of a judge that proves no better than chance: it decides where no better one says anything."""

_N_RESAMPLES, _SEED = 400, 0


def judge_weights(without: Floats, lean: Floats) -> Floats:
    """Weigh each judge by the log-odds of how often it agrees with the others when it judges without a rubric.

    A judge that was not heard without one beside others is weighed by its agreement by the rubric. The labels are not
    looked at: judges that count for agreeing with the labels would make a rubric right that says nothing.

    Args:
        without: Shape (n_judges, n): how far each leans to a without a rubric, 1 to -1, NaN where nothing was heard.
        lean: Shape (n_judges, n): the same by the rubric.

    Returns:
        Shape (n_judges,), in nats, at least `LEAST_WEIGHT`.
    """
    alone, agrees = _with_others(without), _with_others(lean)
    is_known = (~np.isnan(alone)).any(axis=1, keepdims=True)
    outcome = np.where(is_known, alone, agrees)
    is_heard = ~np.isnan(outcome)
    right = np.where(is_heard, (1 + np.nan_to_num(outcome)) / 2, 0.0).sum(axis=1)
    wrong = np.where(is_heard, (1 - np.nan_to_num(outcome)) / 2, 0.0).sum(axis=1)
    return np.clip(Hits(right, wrong).log_odds, LEAST_WEIGHT, MAX_WEIGHT)


def _with_others(lean: Floats) -> Floats:
    """Say how far each agrees with the mean of the others, 1 to -1; NaN where it or all others said nothing."""
    said = np.nan_to_num(lean)
    n_others = (~np.isnan(lean)).sum(axis=0) - ~np.isnan(lean)
    others = (said.sum(axis=0) - said) / np.maximum(n_others, 1)
    return np.where(np.isnan(lean) | (n_others == 0), np.nan, lean * others)


def judge_agreement(met: Floats, weight: Floats, cluster: Ints) -> MeasuredFigure | None:
    """Return Krippendorff's alpha of what judges find of responses, with a bootstrap interval over clusters.

    Two judges' agreement counts as much as the product of their weights; with equal weights it is the usual alpha.

    Args:
        met: Shape (n_judges, n_responses): 1, 0 or NaN.
        weight: Shape (n_judges,), positive.
        cluster: Shape (n_responses,), from 0.

    Returns:
        None where no response was judged by two, or all said the same throughout.

    Source: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability".
    """
    parts = _coincidences(met, weight)
    n_values = int((~np.isnan(met)).sum(axis=0)[parts[:, 0] > 0].sum())
    by_cluster = np.stack([np.bincount(cluster, column) for column in parts.T], axis=1)
    by_cluster = by_cluster[by_cluster[:, 0] > 0]
    if not len(by_cluster):
        return None
    value = float(_alpha(by_cluster.sum(axis=0)))
    if np.isnan(value):
        return None
    n = len(by_cluster)
    draws = np.random.default_rng(_SEED).multinomial(n, np.full(n, 1 / n), size=_N_RESAMPLES)
    drawn = _alpha(draws.astype(np.float64) @ by_cluster)
    low, high = np.nanquantile(drawn, (0.025, 0.975)) if n > 1 else (np.nan, np.nan)
    if np.isnan(low):
        return MeasuredFigure(value=value, n=n_values)
    return MeasuredFigure(
        value=value, low=min(float(low), value), high=max(float(high), value), n=n_values
    )


def _coincidences(met: Floats, weight: Floats) -> Floats:
    """Return of each response what alpha is made of: weight, weight of met, disagreement and square of weights."""
    w = np.where(np.isnan(met), 0.0, weight[:, None])
    total, yes, squares = w.sum(axis=0), (w * np.nan_to_num(met)).sum(axis=0), (w * w).sum(axis=0)
    is_several = (w > 0).sum(axis=0) >= 2
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = 2 * yes * (total - yes) / (total - squares / total)
    columns = np.stack([total, yes, apart, squares], axis=1)
    return np.where(is_several[:, None], columns, 0.0)


def _alpha(sums: Floats) -> Floats:
    total, yes, apart, squares = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = 2 * yes * (total - yes) / (total - squares / total)
        return np.where(expected > 0, 1 - apart / expected, np.nan)


def people_agreement(judges: Floats, people: Floats, cluster: Ints) -> MeasuredFigure | None:
    """Return the share of responses on which judges together say of a criterion what most people say.

    Args:
        judges: Shape (n_responses,): what judges find together, 1, 0 or NaN.
        people: Shape (n_people, n_responses): 1, 0 or NaN.
        cluster: Shape (n_responses,), from 0.

    Returns:
        None where no person said anything of a response that judges did.
    """
    if not len(people):
        return None
    most = majority(people, np.ones((len(people), 1)))
    is_known = ~np.isnan(most) & ~np.isnan(judges)
    agree = (most[is_known] == judges[is_known]).astype(np.float64)
    return share(agree, cluster[is_known])
