"""Whether a judge turns its verdict where a condition turns what is right."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Ints
from winnow.annotation.evaluation.estimates import Estimate, share_of
from winnow.annotation.evaluation.items import Items
from winnow.annotation.evaluation.judge_answers import JudgeAnswers


class Conditioned(NamedTuple):
    """Figures over the pairs of comparisons that set the same two texts side by side under two conditions, with gold for one
    text under the one and for the other under the other.
    """

    both_right: Estimate
    """Share of the pairs with both verdicts right: none for a judge that does not look at the condition, a quarter for one
    that guesses."""

    turned: Estimate
    """Share of the pairs of which the two verdicts name different texts, whichever is right."""


def measure_conditions(answers: JudgeAnswers, items: Items) -> Conditioned | None:
    """Measure how a judge follows conditions, where all it said of both comparisons of a pair could be read.

    Each two comparisons of the same texts with opposite gold are a pair. A verdict that is a tie, or that depends on the
    order, names no text.

    Returns:
        None where no pair was read.
    """
    lean = np.full(len(items.ids), np.nan)
    lean[answers.item[answers.is_read]] = answers.lean[answers.is_read]
    one, other = _reversed_pairs(items, np.flatnonzero(~np.isnan(lean)))
    if not len(one):
        return None
    named = np.where(np.abs(lean) == 1, lean, 0.0) * items.turned
    right = items.sign * items.turned
    both = (named[one] == right[one]) & (named[other] == right[other])
    turned = named[one] * named[other] == -1
    together = items.texts[one]
    return Conditioned(share_of(both * 1.0, together), share_of(turned * 1.0, together))  # type: ignore[arg-type]


def _reversed_pairs(items: Items, rows: Ints) -> tuple[Ints, Ints]:
    """List each two comparisons of the same texts under other prompts for which gold is the other way round."""
    right = items.sign * items.turned
    for_one, for_other = (rows[right[rows] == sign] for sign in (1.0, -1.0))
    by_texts = for_other[np.argsort(items.texts[for_other], kind="stable")]
    keys = items.texts[by_texts]
    begins, ends = (np.searchsorted(keys, items.texts[for_one], side) for side in ("left", "right"))
    n = ends - begins
    within = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
    one, other = np.repeat(for_one, n), by_texts[np.repeat(begins, n) + within]
    is_other_condition = items.prompt[one] != items.prompt[other]
    return one[is_other_condition], other[is_other_condition]
