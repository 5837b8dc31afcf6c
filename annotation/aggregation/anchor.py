"""Log-odds of every item from agreement and gold together."""

from typing import NamedTuple

import numpy as np
import scipy

from winnow.annotation.aggregation.directions import Departures, Directions, find_directions
from winnow.annotation.aggregation.hypotheses import Hypotheses, all_hypotheses
from winnow.annotation.aggregation.logistic import Fits, fit_logistic, left_out, variances
from winnow.annotation.aggregation.scores import Score, Scores
from winnow.annotation.aggregation.votes import Floats, Ints

MAX_SAMPLE = 500
"""Gold items by which the hypotheses are weighed; where there are more, every so many-th of them."""
MIN_SHARE = 1e-3
"""Hypotheses less probable than this, given gold, are left out of the average."""


class Anchored(NamedTuple):
    """Posterior of P(a | a or b) for each item."""

    p: Floats
    """Shape (n_items,): posterior probability of a over b; of a gold item, without its own gold."""

    sd: Floats
    """Shape (n_items,): posterior standard deviation of the log-odds."""

    weight: Floats
    """Shape (n_raters,): log-odds that one decisive verdict adds, in nats."""

    trust: float
    """Posterior mean of the factor on the agreement; below 0 where gold says the majority is wrong."""


class _Fitted(NamedTuple):
    """The hypotheses that gold bears out of one reading of the agreement and one kinship of the raters."""

    score: Score
    directions: Directions
    hypotheses: Hypotheses
    fits: Fits
    share: Floats
    """Shape (n_hypotheses,): probability of each, given gold; over all readings and kinships they sum to 1."""

    def design(self, rows: Ints) -> Floats:
        """Return the design of the gold items; shape (n_gold, 2 + n_directions)."""
        return _with_ones(self.score.of_item[rows], self.directions.gold)


def anchor(
    scores: Scores, departures: Departures, rows: Ints, sign: Floats, *, one_order: float
) -> Anchored:
    """Fit the items' log-odds to gold, averaged over what gold may show, each by how probable gold makes it.

    The log-odds of item i is  t c_i + a + x_i' d.  c_i is one reading of the agreement (`scores`), t says how sure it
    should have been, a is the items' tilt towards one side, and d holds the departures of the raters from the
    agreement, small before gold, with x_i the leans (`directions`). Given a hypothesis (`hypotheses`) the coefficients are at
    their posterior mode; the hypotheses are weighed by prior and marginal likelihood (Laplace). So gold moves what all
    annotators have in common before it moves any one of them, and moves nothing that it cannot show.

    The departures leave out what all raters have in common, see `find_directions`: t alone moves that.

    Args:
        scores: What agreement says.
        departures: How log-odds move with single raters.
        rows: Indices of the items with decisive gold, at least one.
        sign: Their verdicts: +1 for a, -1 for b.
        one_order: Share of the opinions from annotators that saw one order only.

    Source: MacKay 1992, Neural Computation 4(3), 448-472 (evidence); Hoeting et al. 1999, Statistical Science 14(4),
    382-417 (model averaging); the model is ours.
    """
    wanted = all_hypotheses(scores.tilt, scores.ratio, one_order)
    fitted = [
        _fit(score, directions, wanted, rows, sign)
        for directions in (find_directions(departures, k, rows) for k in departures.kinships)
        for score in (*scores.of_power, *scores.sums)
    ]
    fitted = _weigh(fitted, rows, sign)
    p, between = _average(fitted)
    p[rows] = _left_out(fitted, rows, sign)
    within = _variance(max(fitted, key=lambda one: float(one.share.max())))
    return Anchored(
        p=p,
        sd=np.sqrt(within + between),
        weight=np.sum([_weight(one) for one in fitted], axis=0),
        trust=float(sum(one.share @ one.fits.mode[:, 0] for one in fitted)),
    )


def _with_ones(score: Floats, coordinates: Floats) -> Floats:
    return np.column_stack([score, np.ones(len(score)), coordinates])


def _sample(n_gold: int) -> Ints:
    return np.arange(0, n_gold, 1 + n_gold // MAX_SAMPLE)


def _fit(
    score: Score, directions: Directions, wanted: Hypotheses, rows: Ints, sign: Floats
) -> _Fitted:
    sample = _sample(len(rows))
    design = _with_ones(score.of_item[rows], directions.gold)[sample]
    fits = fit_logistic(design, sign[sample], wanted.priors(design.shape[1] - 2))
    return _Fitted(score, directions, wanted, fits, fits.evidence + wanted.log_prior)


def _weigh(fitted: list[_Fitted], rows: Ints, sign: Floats) -> list[_Fitted]:
    """Turn log weights into shares, and keep the hypotheses that gold bears out, fitted to all of it."""
    shares = scipy.special.softmax(np.concatenate([one.share for one in fitted]))
    shares[shares < MIN_SHARE] = 0
    parts = np.split(shares / shares.sum(), np.cumsum([len(one.share) for one in fitted])[:-1])
    kept = []
    for one, share in zip(fitted, parts, strict=True):
        chosen = np.flatnonzero(share)
        if not len(chosen):
            continue
        hypotheses = one.hypotheses.those(chosen)
        fits = Fits(*(of_all[chosen] for of_all in one.fits))
        if len(_sample(len(rows))) < len(rows):
            design = one.design(rows)
            fits = fit_logistic(design, sign, hypotheses.priors(design.shape[1] - 2))
        kept.append(one._replace(hypotheses=hypotheses, fits=fits, share=share[chosen]))
    return kept


def _average(fitted: list[_Fitted]) -> tuple[Floats, Floats]:
    """Return each item's mean probability of a, and the variance of its log-odds between the hypotheses."""
    n_items = len(fitted[0].score.of_item)
    p, mean, square = np.zeros(n_items), np.zeros(n_items), np.zeros(n_items)
    for one in fitted:
        modes = one.fits.mode.T
        for items, coordinates in one.directions.coordinates():
            log_odds = _with_ones(one.score.of_item[items], coordinates) @ modes
            p[items] += scipy.special.expit(log_odds) @ one.share
            mean[items] += log_odds @ one.share
            square[items] += log_odds**2 @ one.share
    return p, np.maximum(square - mean**2, 0)


def _left_out(fitted: list[_Fitted], rows: Ints, sign: Floats) -> Floats:
    """Return the probability of a of the gold items, each had its own gold not been fitted."""
    p = np.zeros(len(rows))
    for one in fitted:
        design = one.design(rows)
        for mode, root, share in zip(one.fits.mode, one.fits.root, one.share, strict=True):
            p += share * scipy.special.expit(left_out(design, sign, mode, root))
    return p


def _weight(one: _Fitted) -> Floats:
    """Return what one decisive verdict of each rater adds; shape (n_raters,)."""
    mode = one.share @ one.fits.mode
    return np.asarray(mode[0] * one.score.of_rater + one.directions.of_rater(mode[2:]))


def _variance(one: _Fitted) -> Floats:
    """Return the variance of each item's log-odds under the likeliest hypothesis.

    What no gold item shows of the raters stays as uncertain as it was.
    """
    best = int(one.share.argmax())
    deviation, root = one.hypotheses.deviation[best], one.fits.root[best]
    variance = np.empty(len(one.score.of_item))
    for items, coordinates in one.directions.coordinates():
        outside = one.directions.outside(items, coordinates)
        design = _with_ones(one.score.of_item[items], coordinates)
        variance[items] = variances(design, root) + deviation**2 * outside
    return variance
