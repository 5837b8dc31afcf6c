"""How right a judge was on each case."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Bools, Floats, Ints
from winnow.annotation.evaluation.items import Items, Names


class CaseScores(NamedTuple):
    """One entry a case that gold decides and the judge's reply tells of; arrays of shape (n_cases,)."""

    case: Ints
    """Number of the case."""

    value: Floats
    """From 0 (wrong) to 1 (right)."""

    item: Ints
    """Row of the first comparison of the case, which says its prompt, subset and language."""

    def prompt(self, items: Items) -> Ints:
        """Return the prompt of each."""
        return items.prompt[self.item]

    def subset(self, items: Items) -> Names:
        """Return the subset of each."""
        return items.subset[self.item]


def score_cases(item: Ints, lean: Floats, items: Items) -> CaseScores:
    """Score a judge case by case.

    A comparison that stands for itself scores 1 where the lean is to the better response in every order, 0 where it
    is to the worse one in every order, and between otherwise: a tie and a verdict that flips are worth a half, as a
    coin is.

    A case of one correct response among several is right where that beats every other; where k others are held for
    equally good and none for better, it scores 1 / (1 + k). A case of several correct responses scores 1 where each
    of them beats each incorrect one, and 0 otherwise. A case is scored where each of its comparisons was read.

    Args:
        item: Rows of the items with a readable verdict; the others are not scored.
        lean: The leans on them, -1 (b) to +1 (a).
        items: The labelled comparisons.

    Source: the scoring of RewardBench 2, Malik et al. 2025, arXiv:2506.01937.
    """
    if not items.has_cases:
        chosen = items.is_decisive[item]
        rows = item[chosen]
        return CaseScores(items.case[rows], (1 + lean[chosen] * items.sign[rows]) / 2, rows)
    outcome = np.zeros(len(items.sign))
    outcome[item] = np.sign(lean * np.nan_to_num(items.sign[item]))
    is_read = np.zeros(len(items.sign), bool)
    is_read[item] = True
    left_open = np.unique(items.case[items.is_decisive & ~is_read])
    rows = np.flatnonzero(items.is_decisive & ~np.isin(items.case, left_open))
    case, first, index = np.unique(items.case[rows], return_index=True, return_inverse=True)
    n_lost, n_level = (np.bincount(index, outcome[rows] == o, len(case)) for o in (-1, 0))
    n_correct = np.zeros(len(case))
    np.maximum.at(n_correct, index, items.correct[rows] + 1)
    single = (n_lost == 0) / (1 + n_level)
    several = ((n_lost == 0) & (n_level == 0)).astype(float)
    return CaseScores(case, np.where(n_correct > 1, several, single), rows[first])


def score_both_orders(
    item: Ints, lean: Floats, is_read_both: Bools, items: Items
) -> tuple[Floats, Ints]:
    """Score strictly, comparison by comparison: 1 where both orders name the better response, 0 otherwise.

    Returns:
        The scores of the comparisons read in both orders, and their rows.
    """
    chosen = items.is_decisive[item] & is_read_both
    right = lean[chosen] * items.sign[item[chosen]] == 1
    return right.astype(float), item[chosen]
