"""Log-odds of every item where no gold says anything of a or b."""

import numpy as np
import scipy

from winnow.annotation.aggregation.anchor import Anchored
from winnow.annotation.aggregation.directions import Departures
from winnow.annotation.aggregation.raters import Raters
from winnow.annotation.aggregation.scores import Scores
from winnow.annotation.aggregation.votes import Floats

SCALE_SD = 0.2
"""Standard deviation of the factor on the agreement, around 1."""
DEVIATIONS = (0.03, 0.06, 0.12, 0.25, 0.5, 1.0)
TYPICAL_DEVIATION = 0.4
"""Of `DEVIATIONS`, standard deviations of one rater's departure in nats, the one nearest to this over the ratio is taken:
as far as an annotator may be off before anything has shown it."""
TILT_SD = 0.07
"""Standard deviation of the items' tilt towards a around that of the agreement, in nats."""


def unanchored(raters: Raters, scores: Scores, departures: Departures, tilt_sd: float) -> Anchored:
    """Average the consensus over the powers of the test-retest reliability.

    Args:
        raters: Leans by item and rater.
        scores: What agreement says.
        departures: How log-odds move with single raters.
        tilt_sd: Uncertainty of the leans' common part, from position bias that the orders shown cannot tell.
    """
    of_power = scores.of_power
    p = np.mean([scipy.special.expit(score.of_item + scores.tilt) for score in of_power], axis=0)
    weight = np.mean([score.of_rater for score in of_power], axis=0)
    return Anchored(p, np.sqrt(_variance(raters, scores, departures, tilt_sd)), weight, 1.0)


def _variance(raters: Raters, scores: Scores, departures: Departures, tilt_sd: float) -> Floats:
    first, leans = scores.of_power[0], departures.leans
    away = np.log(np.array(DEVIATIONS) * scores.ratio / TYPICAL_DEVIATION)
    deviation = DEVIATIONS[int(np.abs(away).argmin())]
    unison = float(np.abs(first.of_rater)[raters.rater].sum()) / raters.n_items
    length = np.asarray(leans.multiply(leans).sum(axis=1)).ravel()
    of_tilt = TILT_SD**2 + (tilt_sd * unison) ** 2
    return np.asarray((first.of_item * SCALE_SD) ** 2 + of_tilt + deviation**2 * length)
