"""Whether a judge is as often right as it is sure."""

from typing import Literal, NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Floats, Ints
from winnow.annotation.evaluation.estimates import Estimate, share_of
from winnow.annotation.evaluation.items import Items

N_BINS = 10
"""Bins of equal width from 0 to 1; a stated confidence lies in the upper half of them."""

Stated = Literal["probability", "strength"]


class Bin(NamedTuple):
    """Comparisons on which the judge was about as sure."""

    stated: float
    """Mean of what it stated: confidence from 0.5 to 1, or strength from 0 to 3."""

    right: Estimate
    """Share of them that it got right; where it leans to neither side, a half."""


class Calibration(NamedTuple):
    """Stated confidence against measured accuracy."""

    stated: Stated
    """What the judge stated. A strength is no probability, so that it has bins, but no error."""

    error: float | None
    """Expected calibration error: mean over the comparisons of |confidence - accuracy| of their bin; with few
    comparisons a bin it is above 0 by chance alone. None for strengths."""

    n: int
    """Comparisons behind it."""

    bins: tuple[Bin, ...]
    """Bins that hold anything, least sure first."""


def calibrate_probability(item: Ints, p_b: Floats, items: Items) -> Calibration | None:
    """Hold stated probabilities against gold.

    Args:
        item: Rows of the items that it judged.
        p_b: Its probability that b is better, averaged over the orders; NaN where it gave none.
        items: The labelled comparisons.

    Source: Naeini, Cooper and Hauskrecht 2015, AAAI, 2901-2907 (expected calibration error).
    """
    chosen = items.is_decisive[item] & ~np.isnan(p_b)
    rows, lean = item[chosen], 1 - 2 * p_b[chosen]
    if not len(rows):
        return None
    confidence = (1 + np.abs(lean)) / 2
    bin_of = np.minimum((confidence * N_BINS).astype(np.int64), N_BINS - 1)
    bins = _bins(rows, lean, confidence, bin_of, items)
    error = sum(abs(b.stated - b.right.value) * b.right.n for b in bins) / len(rows)
    return Calibration("probability", error, len(rows), bins)


def calibrate_strength(item: Ints, strength: Floats, items: Items) -> Calibration | None:
    """Hold stated strengths, -3 for a to 3 for b and averaged over the orders, against gold."""
    chosen = items.is_decisive[item] & ~np.isnan(strength)
    rows, lean = item[chosen], -strength[chosen]
    if not len(rows):
        return None
    size = np.abs(lean)
    bins = _bins(rows, lean, size, np.rint(size).astype(np.int64), items)
    return Calibration("strength", None, len(rows), bins)


def _bins(rows: Ints, lean: Floats, stated: Floats, bin_of: Ints, items: Items) -> tuple[Bin, ...]:
    right = (1 + np.sign(lean) * items.sign[rows]) / 2
    found = []
    for number in np.unique(bin_of):
        chosen = bin_of == number
        share = share_of(right[chosen], items.prompt[rows[chosen]])
        assert share is not None
        found.append(Bin(float(stated[chosen].mean()), share))
    return tuple(found)
