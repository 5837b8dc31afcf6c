"""What ratings of two responses say of them where no rule of the settings says it."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set

from winnow.schemas.judgments import Rating, ScoreShare, Verdict

WHOLE = "quality"
"""Attribute of a rating that does not say what it is about."""
_DIGITS = 9
"""Sums of scores that agree to so many digits after the point are equal."""


def wholes(attributes: Set[str]) -> set[str]:
    """Leave out the parts of those that are there as a whole: "reward.spread" beside "reward"."""
    return {name for name in attributes if name.partition(".")[0] not in attributes - {name}}


def verdict_of_ratings(ratings: Iterable[Rating], ids: Sequence[str]) -> Verdict | None:
    """Prefer the response whose ratings have the higher sum; None without an attribute that both have.

    A part of another rating, called "whole.part", counts through the whole alone where both have that.

    Args:
        ratings: Of both responses, one each on an attribute; an attribute that only one of them has does not count.
        ids: response_id of a and of b.
    """
    told = list(ratings)
    a, b = ({r.attribute: r.score for r in told if r.response_id == i} for i in ids)
    both = wholes(a.keys() & b.keys())
    if not both:
        return None
    # math.fsum does not depend on the order of the attributes.
    difference = math.fsum(b[name] - a[name] for name in both)
    if difference == 0:
        return "tie"
    return "b" if difference > 0 else "a"


def ranks_of_ratings(ratings: Iterable[Rating], ids: Sequence[str]) -> dict[str, int] | None:
    """Put responses in order by the sum of their ratings; None without an attribute on which all were rated.

    A part of another rating counts through the whole alone; see `verdict_of_ratings`.

    Args:
        ratings: One each on an attribute; an attribute that one of the responses lacks does not count.
        ids: response_ids.

    Returns:
        Rank by response_id, 1 for the highest sum; equal sums share one.
    """
    told = list(ratings)
    found = [{r.attribute: r.score for r in told if r.response_id == i} for i in ids]
    rated_on = wholes(set.intersection(*(set(scores) for scores in found)))
    if not rated_on:
        return None
    sums = {
        i: math.fsum(scores[name] for name in rated_on)
        for i, scores in zip(ids, found, strict=True)
    }
    best_first = sorted(set(sums.values()), reverse=True)
    return {i: best_first.index(total) + 1 for i, total in sums.items()}


def probability_of_ratings(ratings: Iterable[Rating], ids: Sequence[str]) -> float | None:
    """Return the probability that the ratings of b have the higher sum, with half of that of equal sums.

    Each rating is drawn from its own distribution, independently of the others; parts of another count as in
    `verdict_of_ratings`.

    Args:
        ratings: Of both responses, one each on an attribute; an attribute that only one of them has does not count.
        ids: response_id of a and of b.

    Returns:
        None where no attribute is common, or a rating on one that is has no distribution.
    """
    told = list(ratings)
    a, b = ({r.attribute: r.distribution for r in told if r.response_id == i} for i in ids)
    difference = {0.0: 1.0}
    both = wholes(a.keys() & b.keys())
    for name in sorted(both):
        of_a, of_b = a[name], b[name]
        if not of_a or not of_b:
            return None
        difference = _added(_added(difference, of_b, 1), of_a, -1)
    total = math.fsum(difference.values())
    if not both or total <= 0:
        return None
    higher = math.fsum(share for score, share in difference.items() if score > 0)
    return min(1.0, (higher + difference.get(0.0, 0.0) / 2) / total)


def mean_distribution(
    distributions: Sequence[Sequence[ScoreShare] | None],
) -> tuple[ScoreShare, ...] | None:
    """Return the mean of the distributions of several ratings, scores ascending; None unless each has one."""
    shares: dict[float, list[float]] = defaultdict(list)
    for distribution in distributions:
        if not distribution:
            return None
        for one in distribution:
            shares[one.score].append(one.share)
    n = len(distributions)
    means = ((score, math.fsum(found) / n) for score, found in sorted(shares.items()))
    return tuple(ScoreShare(score=score, share=min(1.0, share)) for score, share in means) or None


def _added(
    total: Mapping[float, float], distribution: Iterable[ScoreShare], sign: int
) -> dict[float, float]:
    """Return the distribution of a sum to which an independent number is added, or from which it is taken (sign -1)."""
    found: dict[float, float] = defaultdict(float)
    for one in distribution:
        for score, share in total.items():
            found[round(score + sign * one.score, _DIGITS)] += share * one.share
    return dict(found)
