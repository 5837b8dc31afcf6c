"""Whether a judge turns its verdict where a condition turns what is right."""

from collections.abc import Iterator, Sequence
from itertools import combinations, islice
from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Ints
from winnow.annotation.evaluation.estimates import Estimate, share_of
from winnow.annotation.evaluation.items import Items
from winnow.annotation.evaluation.judge_answers import JudgeAnswers
from winnow.schemas.plurals import counted

_MOST_PAIRS = 6
_MOST_REVERSED = 20
"""Pairs that one comparison is in at most beside those of the same texts, evenly among them."""


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

    Each two comparisons of the same texts with opposite gold are a pair, 20 of each comparison at most. A verdict that is a tie, or that depends on the
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


def turned_between(one: JudgeAnswers, other: JudgeAnswers, items: Items) -> Estimate | None:
    """Return the share of the comparisons that two judges both decide of which they name different responses.

    Of one judge under a principle and under its negation it is 1 where it follows them and 0 where it ignores them.

    Returns:
        None where they decide none in common.
    """
    decided = [np.where(np.abs(a.lean) == 1, a.lean, 0.0) for a in (one, other)]
    item, at_one, at_other = np.intersect1d(one.item, other.item, return_indices=True)
    product = decided[0][at_one] * decided[1][at_other]
    both = product != 0
    return share_of((product[both] < 0) * 1.0, items.prompt[item[both]])


def notes_on_settings(heard: Sequence[JudgeAnswers], items: Items) -> Iterator[str]:
    """Say of each two judges that differ in their settings alone, such as their principles, how often these turn the verdict."""
    pairs = (
        (one, other)
        for one, other in combinations(heard, 2)
        if one.kind == other.kind == "llm"
        and one.annotator.partition("#")[0] == other.annotator.partition("#")[0]
    )
    for one, other in islice(pairs, _MOST_PAIRS):
        if found := turned_between(one, other, items):
            interval = (
                "" if found.low is None else f" (95% interval {found.low:.0%} to {found.high:.0%})"
            )
            yield (
                f"{one.annotator} and {other.annotator} differ in their settings alone, and name different responses in "
                f"{found.value:.1%} of the {counted(found.n, 'comparison')} that both decide{interval}"
            )


def _reversed_pairs(items: Items, rows: Ints) -> tuple[Ints, Ints]:
    """List each two comparisons of the same texts under other prompts for which gold is the other way round."""
    right = items.sign * items.turned
    for_one, for_other = (rows[right[rows] == sign] for sign in (1.0, -1.0))
    by_texts = for_other[np.argsort(items.texts[for_other], kind="stable")]
    keys = items.texts[by_texts]
    begins, ends = (np.searchsorted(keys, items.texts[for_one], side) for side in ("left", "right"))
    n_there = ends - begins
    n = np.minimum(n_there, _MOST_REVERSED)
    nth = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
    # Each begins one further than the one before it, so that all of the others have their turn.
    within = (nth + np.repeat(np.arange(len(n)), n)) % np.repeat(n_there, n)
    one, other = np.repeat(for_one, n), by_texts[np.repeat(begins, n) + within]
    is_other_condition = items.prompt[one] != items.prompt[other]
    return one[is_other_condition], other[is_other_condition]
