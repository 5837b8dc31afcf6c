"""Eight ways to read how sure the annotators' agreement is of each item, before any gold."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy

from winnow.annotation.aggregation.consensus import Consensus
from winnow.annotation.aggregation.raters import Raters
from winnow.annotation.aggregation.sums import count_by, sum_by
from winnow.annotation.aggregation.votes import Floats

RETEST_POWERS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""How strongly the test-retest reliability may weigh: log-odds are multiplied by this power of it."""
LEAST_FACTOR, MOST_FACTOR = 1e-3, 1e3
"""Range of the factor that makes a plain sum as sure as the consensus."""


class Score(NamedTuple):
    """One reading of the agreement, in nats."""

    of_item: Floats
    """Shape (n_items,): log-odds of a over b, the tilt left out."""

    of_rater: Floats
    """Shape (n_raters,): what one decisive verdict of each rater adds."""


class Scores(NamedTuple):
    """What agreement says, read in several ways; no gold has gone into it."""

    of_power: tuple[Score, ...]
    """The consensus, one reading for each of `RETEST_POWERS`."""

    sums: tuple[Score, ...]
    """Plain sums of the leans: weighed by the consensus' slopes; all alike but for raters that contradict themselves; and
    weighed by the slopes again, each rater's mean lean taken out."""

    tilt: float
    """Log-odds of a over b before any verdict."""

    ratio: float
    """The ratio that the consensus found; see `consensus.RATIOS`."""


def score_items(raters: Raters, retest: Floats, consensus: Consensus) -> Scores:
    """Read the agreement in each way.

    The plain sums are scaled so that on average they are as sure as the consensus is. They know no ceiling: the more
    raters agree, the surer they are. The one without the raters' mean leans is for raters that all like one side more than
    the truth does, each by as much as it will: a verdict for the side that a rater seldom takes says more.

    Args:
        raters: Leans by item and rater.
        retest: Shape (n_raters,): test-retest reliability.
        consensus: What agreement says.
    """
    powers = tuple(_of_power(power, raters, retest, consensus) for power in RETEST_POWERS)
    sureness = _sureness(powers[0].of_item)
    slope = consensus.slope
    # One that contradicts itself, or says tie of most, is no equal of the others.
    relative = (retest / max(float(retest.max(initial=0)), 1e-9)) ** 2
    sums = (
        _of_sum(slope, raters, sureness),
        _of_sum(np.sign(slope) * relative, raters, sureness),
        _of_sum(slope, _centred(raters), sureness),
    )
    return Scores(powers, sums, consensus.tilt, consensus.ratio)


def _centred(raters: Raters) -> Raters:
    """Take out of each rater's leans their mean."""
    n = np.maximum(count_by(raters.rater, raters.n_raters), 1)
    mean = sum_by(raters.rater, raters.lean, raters.n_raters) / n
    return raters._replace(lean=raters.lean - mean[raters.rater])


def _of_power(power: float, raters: Raters, retest: Floats, consensus: Consensus) -> Score:
    exponent, slope = retest**power, np.abs(consensus.slope)
    # The power shifts weight between raters; how much all of them say together stays.
    size = sum_by(raters.rater, np.abs(raters.lean), raters.n_raters) * slope
    exponent *= size.sum() / max(float(size @ exponent), 1e-12)
    of_item = consensus.log_odds(exponent)
    of_rater = consensus.slope * exponent
    plain = _weighted_sum(raters, of_rater)
    return Score(of_item, of_rater * float(plain @ of_item) / max(float(plain @ plain), 1e-12))


def _of_sum(weight: Floats, raters: Raters, sureness: float) -> Score:
    plain = _weighted_sum(raters, weight)
    factor = _solve(lambda log_factor: _sureness(plain * np.exp(log_factor)) - sureness)
    return Score(plain * factor, weight * factor)


def _solve(excess: Callable[[float], float]) -> float:
    """Find the factor whose logarithm is a root of a rising function, or the end of the range nearest to it."""
    low, high = float(np.log(LEAST_FACTOR)), float(np.log(MOST_FACTOR))
    if excess(low) >= 0:
        return LEAST_FACTOR
    if excess(high) <= 0:
        return MOST_FACTOR
    return float(np.exp(scipy.optimize.brentq(excess, low, high, xtol=1e-9)))


def _weighted_sum(raters: Raters, weight: Floats) -> Floats:
    return sum_by(raters.item, weight[raters.rater] * raters.lean, raters.n_items)


def _sureness(log_odds: Floats) -> float:
    """Return the mean of |P(a) - P(b)|."""
    return float(np.abs(np.tanh(log_odds / 2)).mean())
