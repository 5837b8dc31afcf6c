"""What gold may show of the agreement, each a hypothesis with its prior."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.logistic import Priors
from winnow.annotation.aggregation.votes import Floats, Ints


class ScalePrior(NamedTuple):
    """How sure the agreement should have been: a factor on its log-odds, normal."""

    prior: float
    mean: float
    sd: float


SCALES = (ScalePrior(0.95, 0.9, 0.3), ScalePrior(0.05, 0.5, 1.0))
"""The first is an agreement that is more or less as good as it looks; the second reaches below 0, where most
annotators are wrong. Where the scale cannot move, single raters take up what gold says of all, and reorder the items."""
DEVIATIONS = (0.03, 0.1, 0.25, 0.5, 1.0)
"""Standard deviations, in nats, that the departure of one rater's verdict from the consensus may have."""
TYPICAL_DEVIATION, DEVIATION_SPREAD = 0.08, 1.2
"""Centre times the consensus' ratio, and log standard deviation of the prior over `DEVIATIONS`. Below .06 labels hardly
move. The less the agreement is due to the truth, the more gold may find otherwise. What all raters have in common is not
part of it: the factor on the agreement holds that."""
TILT_FACTORS = {1.0: (0.9, 0.5), 0.0: (0.06, 0.5), -1.0: (0.04, 0.0)}
"""By the factor on the tilt of the agreement, its prior probability where annotators saw both orders, and where they saw
one only: then what looks like a tilt of the items may as well be that of the annotators towards a place."""
TILT_SD = 0.07
"""Standard deviation of the items' tilt towards a, in nats, around what the factor gives. Wider, gold would move
confident labels where the tilt is all that it can explain itself by."""


class Hypotheses(NamedTuple):
    """Combinations of what gold may show of one reading of the agreement; arrays of shape (n_hypotheses,)."""

    scale: Floats
    """Mean of the factor on the agreement."""

    scale_sd: Floats
    """Its standard deviation."""

    tilt: Floats
    """Mean of the items' tilt: that of the agreement (1), the annotators' own (0), or the other way (-1)."""

    deviation: Floats
    """One of `DEVIATIONS`."""

    log_prior: Floats
    """Up to a constant."""

    def priors(self, n_directions: int) -> Priors:
        """Return the priors of the factor on the agreement, the tilt, and the steps along the directions."""
        n = len(self.deviation)
        along = np.repeat(self.deviation[:, None] ** 2, n_directions, axis=1)
        return Priors(
            np.column_stack([self.scale, self.tilt, np.zeros((n, n_directions))]),
            np.column_stack([self.scale_sd**2, np.full(n, TILT_SD**2), along]),
        )

    def those(self, chosen: Ints) -> "Hypotheses":
        """Return some of them."""
        return Hypotheses(*(column[chosen] for column in self))


def all_hypotheses(tilt: float, ratio: float, one_order: float) -> Hypotheses:
    """Return every combination.

    Args:
        tilt: Of the agreement, in nats.
        ratio: What the consensus found of how far agreement is due to the truth.
        one_order: Share of the opinions from annotators of which it cannot be told whether they or the items lean, 0 to 1.
    """
    rows = [
        (scale.mean, scale.sd, factor * tilt, deviation, np.log(scale.prior * prior))
        for scale in SCALES
        for factor, prior in _tilt_factors(one_order).items()
        for deviation in DEVIATIONS
    ]
    scale, sd, tilts, deviation, log_prior = np.array(rows, np.float64).T
    away = np.log(deviation * ratio / TYPICAL_DEVIATION) / DEVIATION_SPREAD
    return Hypotheses(scale, sd, tilts, deviation, log_prior - 0.5 * away**2)


def _tilt_factors(one_order: float) -> dict[float, float]:
    mixed = {k: (1 - one_order) * both + one_order * one for k, (both, one) in TILT_FACTORS.items()}
    return {factor: prior for factor, prior in mixed.items() if prior > 0}
