"""What an annotator's own judgments show: its bias towards a place, and its test-retest reliability."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.opinions import Opinions
from winnow.annotation.aggregation.sums import sum_by
from winnow.annotation.aggregation.votes import Floats

PRIOR_RETEST = 0.6
"""Test-retest reliability of an annotator of whom no item was judged in both orders."""
PRIOR_ITEMS = 40.0
"""Items judged in both orders that the prior is worth."""
PRIOR_PLACES = 4.0
"""Shown orders that the prior of no position bias is worth."""
TILT_SD = 0.05
"""Standard deviation of the items' mean lean around 0, where responses were not put in order of quality."""


class Retest(NamedTuple):
    """What repeated looks at the same judge tell; shape (n_annotators,) each but for `tilt_sd`."""

    place_bias: Floats
    """From -1 (always the response shown second) to 1 (always the first); shrunk towards 0."""

    retest: Floats
    """From 0 to 1: correlation of its verdicts between the two orders, its place bias taken out, times the share
    of its verdicts that decide."""

    tilt_sd: float
    """How uncertain it stays whether the items or the annotators lean, in units of a lean; 0 where orders tell."""


def measure_retest(opinions: Opinions) -> Retest:
    """Measure each annotator against itself.

    Position bias is told apart from a tilt of the items by an annotator that saw both orders, on the same or on
    different items; where each saw one order only, by how far the annotators differ from each other.

    With s_ab, s_ba the leans in the two orders and c the mean of (s_ab - s_ba) / 2, it is
    cov(s_ab, s_ba) / var(s) = (E[s_ab s_ba] + c^2) / (E[s^2] - c^2): the test-retest reliability of classical test
    theory, which bounds the validity of the verdicts from above. A judge that flips at random has none; one that
    always picks a place has none either.
    """
    bias, tilt_sd = _place_bias(opinions)
    both = opinions.is_both.astype(float)
    n_both = _total(both, opinions)
    n = np.maximum(n_both, 1)
    centre = _total(both * opinions.place, opinions) / n
    product = _total(both * (opinions.lean**2 - opinions.place**2), opinions) / n + centre**2
    spread = _total(both * (opinions.lean**2 + opinions.place**2), opinions) / n - centre**2
    retest = np.clip(product / np.maximum(spread, 1e-9), 0, 1)
    retest = (retest * n_both + PRIOR_RETEST * PRIOR_ITEMS) / (n_both + PRIOR_ITEMS)
    n_opinions = np.maximum(_total(np.ones_like(both), opinions), 1)
    return Retest(bias, retest * (1 - _total(opinions.tie, opinions) / n_opinions), tilt_sd)


def _place_bias(opinions: Opinions) -> tuple[Floats, float]:
    both, first, second = (
        chosen.astype(float)
        for chosen in (opinions.is_both == 1, opinions.shown == 1, opinions.shown == -1)
    )
    n_both, n_first, n_second = (_total(chosen, opinions) for chosen in (both, first, second))
    in_both, in_first, in_second = (
        _total(chosen * opinions.place, opinions) for chosen in (both, first, second)
    )
    one_order = (in_first / np.maximum(n_first, 1) + in_second / np.maximum(n_second, 1)) / 2
    n_balanced = 2 * np.minimum(n_first, n_second)
    bias = (in_both + one_order * n_balanced) / (n_both + n_balanced + PRIOR_PLACES)
    is_one_sided = (n_both + n_balanced == 0) & (n_first + n_second > 0)
    if not is_one_sided.any():
        return bias, 0.0
    side = np.sign(n_first - n_second)[is_one_sided]
    n = (n_first + n_second)[is_one_sided]
    lean = (in_first - in_second)[is_one_sided] / n
    bias[is_one_sided], tilt_sd = _one_sided(lean, side, n)
    return bias, tilt_sd * float(is_one_sided.mean())


def _one_sided(lean: Floats, side: Floats, n: Floats) -> tuple[Floats, float]:
    """Split the mean leans of annotators that saw one order only into the items' tilt and each one's bias.

    lean_j = tilt + side_j * bias_j + noise, tilt ~ N(0, TILT_SD^2), bias_j ~ N(0, s^2), s^2 from the spread of the
    leans beyond their noise. Annotators that all lean alike show a tilt of the items; those that differ, biases.
    """
    noise = 1 / n
    spread = max(float(np.var(lean, ddof=1) - noise.mean()), 0.0) if len(lean) > 1 else 0.0
    precision = (1 / (spread + noise)).sum()
    tilt = float((lean / (spread + noise)).sum() / (precision + 1 / TILT_SD**2))
    return side * (lean - tilt) * spread / (spread + noise), float(np.sqrt(spread / len(lean)))


def _total(values: Floats, opinions: Opinions) -> Floats:
    return sum_by(opinions.annotator, values, opinions.n_annotators)
