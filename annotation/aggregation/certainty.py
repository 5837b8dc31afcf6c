"""What an annotator says of its own certainty, taken for what it proves to be worth."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.opinions import Opinions
from winnow.annotation.aggregation.sums import count_by, sum_by
from winnow.annotation.aggregation.votes import Floats

MIN_DEVIATIONS = 2.0
"""Standard errors from which on a connection counts at all; a weaker one is chance for most annotators."""
MIN_OPINIONS = 20
"""Opinions on items that others judged, without which no connection is looked for."""


class Certainty(NamedTuple):
    """How certain each opinion is among those of its annotator, and how much it counts for that."""

    rank: Floats
    """Shape (n_opinions,): from -1 to 1, mean 0 for each annotator; 0 where nothing is stated."""

    size: Floats
    """Shape (n_opinions,): from 0 to 2, mean 1 for each annotator."""


def weigh_certainty(opinions: Opinions) -> Certainty:
    """Find out from the other annotators how much an opinion counts beside the same annotator's others.

    Certainty is ranked among the annotator's own, so that only its order matters: z from -1 to 1. With s the lean times
    the mean lean of the others on the item, E[s | z] = m (1 + w z): what the others err by shrinks m, not w. The opinion
    counts 1 + w z. By the positive-part James-Stein rule, w is drawn to 0 the more the less it stands out of its
    standard error, and is just 0 within two of them: an annotator whose certainty tells nothing is counted as without.

    Source: Baranchik 1970, Ann. Math. Statist. 41(2), 642-645 (positive-part shrinkage); the model is ours.
    """
    rank, size = np.zeros(len(opinions.item)), np.ones(len(opinions.item))
    n_others = count_by(opinions.item, opinions.n_items)[opinions.item] - 1
    total = sum_by(opinions.item, opinions.lean, opinions.n_items)[opinions.item]
    others = (total - opinions.lean) / np.maximum(n_others, 1)
    is_stated = ~np.isnan(opinions.certainty) & (opinions.lean != 0)
    stated = np.flatnonzero(is_stated)
    by_annotator = stated[np.argsort(opinions.annotator[stated], kind="stable")]
    ends = np.cumsum(count_by(opinions.annotator[stated], opinions.n_annotators)).astype(np.int64)
    for rows in np.split(by_annotator, ends[:-1]):
        z = _ranked(opinions.certainty[rows])
        is_met = n_others[rows] > 0
        support = (opinions.lean[rows] * others[rows])[is_met]
        rank[rows], size[rows] = z, 1 + _slope(z[is_met], support) * z
    return Certainty(rank, size)


def _ranked(certainty: Floats) -> Floats:
    """Return the ranks, equal values at their mean rank, from -1 to 1 with mean 0."""
    _, group, n_equal = np.unique(certainty, return_inverse=True, return_counts=True)
    middle = np.cumsum(n_equal) - n_equal / 2
    return np.asarray(2 * middle[group] / max(len(certainty), 1) - 1)


def _slope(z: Floats, support: Floats) -> float:
    """Return w of E[support | z] = m (1 + w z), shrunk, from -1 to 1."""
    n = len(z)
    if n < MIN_OPINIONS:
        return 0.0
    away = z - z.mean()
    square = float(away @ away)
    mean = float(support.mean())
    if square < 1e-9 or mean <= MIN_DEVIATIONS * float(support.std()) / np.sqrt(n):
        return 0.0
    slope = float(away @ support) / square
    error = float((support - mean - slope * away).std()) / np.sqrt(square)
    kept = max(1 - (MIN_DEVIATIONS * error / max(abs(slope), 1e-12)) ** 2, 0.0)
    return float(np.clip(kept * slope / mean, -1, 1))
