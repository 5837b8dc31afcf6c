"""A latent-trait model of verdicts: items lie on a line, and annotators read off more or less well where."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import scipy

from winnow.annotation.aggregation.sums import sum_by
from winnow.annotation.aggregation.verdicts import Verdicts
from winnow.annotation.aggregation.votes import Floats

NODES = np.linspace(-3.2, 3.2, 41)
"""Positions on the line by which integrals over it are summed."""
SLOPE_SD = 1.0
"""Standard deviation of the prior of a slope around that of an annotator of like test-retest reliability."""
TYPICAL_SLOPE, TYPICAL_WORTH = 1.5, 0.5
"""Mean slope of all annotators before anything is known, and how many annotators that is worth."""
TILT_SD = 0.25
"""Standard deviation of the prior of the tilt of the items towards a, in nats."""
MAX_ROUNDS = 40
TOLERANCE = 2e-3
"""Rounds end once no slope moves by more."""
NEWTON_STEPS = 3
CHUNK = 50_000
"""Rows worked on at once."""


class BiasPrior(NamedTuple):
    """What is expected of the position biases, in nats; shape (n_raters,) each."""

    mean: Floats
    sd: Floats


class Trait(NamedTuple):
    """Parameters of the model."""

    ratio: float
    """Clearness: the mean of the positions of items that a wins, in their standard deviations."""

    slope: Floats
    """Shape (n_raters,): how strongly the rater follows the position, in nats; below 0 for one that inverts it."""

    bias: Floats
    """Shape (n_raters,): how strongly it leans towards the response shown first, in nats."""

    tilt: float
    """Log-odds of a over b before any verdict."""

    @property
    def spread(self) -> float:
        """Standard deviation of the positions about their mean; both squared sum to 1."""
        return float(1 / np.sqrt(1 + self.ratio**2))

    @property
    def log_density(self) -> Floats:
        """Log probability of each of `NODES`."""
        mean = self.ratio * self.spread
        log_p = np.logaddexp(
            self.tilt / 2 - 0.5 * ((NODES - mean) / self.spread) ** 2,
            -self.tilt / 2 - 0.5 * ((NODES + mean) / self.spread) ** 2,
        )
        return np.asarray(log_p - scipy.special.logsumexp(log_p))

    @property
    def p_a(self) -> Floats:
        """P(a wins | position) at each of `NODES`."""
        return np.asarray(scipy.special.expit(2 * self.ratio / self.spread * NODES + self.tilt))


def locate(
    verdicts: Verdicts, trait: Trait, exponent: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return the posterior of each item's position over `NODES`, shape (n_items, n_nodes), and its log evidence.

    Args:
        verdicts: On the items.
        trait: The parameters.
        exponent: Shape (n_raters,): weight of each rater's log-likelihood; 1 each if not given.
    """
    score = (
        trait.slope[verdicts.rater, None] * NODES
        + (trait.bias[verdicts.rater] * verdicts.place)[:, None]
    )
    weight = np.ones(len(verdicts.rater)) if exponent is None else exponent[verdicts.rater]
    # log sigma(s) = s + log sigma(-s), and s is linear in the position.
    log_p = verdicts.total @ (-weight[:, None] * np.logaddexp(0, score))
    log_p += (verdicts.for_a @ (weight * trait.slope[verdicts.rater]))[:, None] * NODES
    log_p += (verdicts.for_a @ (weight * trait.bias[verdicts.rater] * verdicts.place))[:, None]
    log_p += trait.log_density
    top = log_p.max(axis=1, keepdims=True)
    log_p -= top
    np.exp(log_p, out=log_p)
    total = log_p.sum(axis=1, keepdims=True)
    log_p /= total
    return log_p, (top + np.log(total)).ravel()


def locate_each(
    verdicts: Verdicts, trait: Trait, exponent: Floats | None = None
) -> Iterator[tuple[slice, Floats, Floats]]:
    """Do what `locate` does for a run of rows after another, and yield which rows they are and what it gives."""
    n = verdicts.total.shape[0]
    for start in range(0, n, CHUNK):
        rows = slice(start, start + CHUNK)
        some = verdicts if n <= CHUNK else verdicts.of_items(rows)
        yield rows, *locate(some, trait, exponent)


def fit_trait(
    verdicts: Verdicts,
    relative: Floats,
    bias: BiasPrior,
    start: Trait,
    n_items: Floats | None = None,
) -> tuple[Trait, float]:
    """Fit slopes, biases and tilt by expectation maximisation, the ratio as given.

    An item that a wins lies at z ~ N(m, s^2), one that b wins at z ~ N(-m, s^2), with m / s the ratio and m^2 + s^2 = 1.
    Rater j is for a with probability sigma(slope_j z + bias_j place). Items of one position are judged independently.
    A low ratio is a world in which annotators err together: however many agree, the item may still be one that lies on
    the wrong side. As the ratio grows, it turns into the one-coin model of Dawid and Skene.

    Args:
        verdicts: Of the raters on the items.
        relative: Shape (n_raters,), mean 1: prior slopes relative to each other.
        bias: What is expected of the position biases.
        start: The ratio, and where the search for the rest begins.
        n_items: Shape (n_rows,): how many items each row of the verdicts stands for; 1 each if not given.

    Returns:
        The parameters and their log posterior density, up to a constant shared by all ratios.

    Source: Birnbaum 1968, in Lord and Novick, Statistical Theories of Mental Test Scores (two-parameter logistic model);
    Bock and Aitkin 1981, Psychometrika 46(4), 443-459 (marginal maximum likelihood).
    """
    trait = start
    times = np.ones(verdicts.total.shape[0]) if n_items is None else n_items
    n_for_a = np.asarray(verdicts.for_a.T @ times)
    for _ in range(MAX_ROUNDS):
        expected = _expect(verdicts, trait, times)
        prior = relative * _typical(trait.slope, relative)
        moved = _step(verdicts, trait, expected, n_for_a, prior, bias)
        change = float(np.abs(moved.slope - trait.slope).max(initial=0))
        trait = moved
        if change < TOLERANCE:
            break
    evidence = _expect(verdicts, trait, times).evidence
    away = (trait.slope - relative * _typical(trait.slope, relative)) / SLOPE_SD
    penalty = (
        (away**2).sum()
        + (((trait.bias - bias.mean) / bias.sd) ** 2).sum()
        + (trait.tilt / TILT_SD) ** 2
    )
    return trait, float(evidence - 0.5 * penalty)


def _typical(slope: Floats, relative: Floats) -> float:
    told, worth = float(slope @ relative), float(relative @ relative)
    return max((TYPICAL_SLOPE * TYPICAL_WORTH + told) / (TYPICAL_WORTH + worth), 0.0)


class _Expected(NamedTuple):
    """What a step of the maximisation has to know of the items, given the parameters."""

    mass: Floats
    """Shape (n_columns, n_nodes): verdicts of each column on items at each of `NODES`."""

    pushed: Floats
    """Shape (n_columns,): sum of the positions of the items that each column is for a on."""

    n_for_a: float
    """Items that a wins."""

    n_items: float
    """Items."""

    evidence: float
    """Log probability of all verdicts."""


def _expect(verdicts: Verdicts, trait: Trait, times: Floats) -> _Expected:
    n_columns, p_a = verdicts.total.shape[1], trait.p_a
    mass, pushed = np.zeros((n_columns, len(NODES))), np.zeros(n_columns)
    n_for_a = evidence = 0.0
    for rows, q, log_p in locate_each(verdicts, trait):
        some = verdicts.of_items(rows)
        q *= times[rows, None]
        mass += some.total.T @ q
        pushed += some.for_a.T @ (q @ NODES)
        n_for_a += float((q @ p_a).sum())
        evidence += float((log_p * times[rows]).sum())
    return _Expected(mass, pushed, n_for_a, float(times.sum()), evidence)


def _step(
    verdicts: Verdicts,
    trait: Trait,
    found: _Expected,
    n_for_a: Floats,
    prior: Floats,
    expected: BiasPrior,
) -> Trait:
    n = len(trait.slope)
    place, rater = verdicts.place, verdicts.rater
    mass, pushed = found.mass, found.pushed

    def by_rater(values: Floats) -> Floats:
        return sum_by(rater, values, n)

    slope, bias = trait.slope, trait.bias
    for _ in range(NEWTON_STEPS):
        p = scipy.special.expit(slope[rater, None] * NODES + (bias[rater] * place)[:, None])
        fell, rate = mass * p, mass * p * (1 - p)
        of_slope = by_rater(pushed - fell @ NODES) - (slope - prior) / SLOPE_SD**2
        of_bias = (
            by_rater(place * (n_for_a - fell.sum(1))) - (bias - expected.mean) / expected.sd**2
        )
        h_slope = by_rater(rate @ NODES**2) + 1 / SLOPE_SD**2
        h_bias = by_rater(place**2 * rate.sum(1)) + 1 / expected.sd**2
        h_both = by_rater(place * (rate @ NODES))
        det = h_slope * h_bias - h_both**2
        slope = slope + np.clip((h_bias * of_slope - h_both * of_bias) / det, -1, 1)
        bias = bias + np.clip((h_slope * of_bias - h_both * of_slope) / det, -1, 1)
    return Trait(trait.ratio, slope, bias, _tilt(trait, found))


def _tilt(trait: Trait, found: _Expected) -> float:
    share, n, tilt = found.n_for_a, found.n_items, trait.tilt
    for _ in range(NEWTON_STEPS):
        p = float(scipy.special.expit(tilt))
        tilt += (share - n * p - tilt / TILT_SD**2) / (n * p * (1 - p) + 1 / TILT_SD**2)
    return tilt
