"""What ratings of two responses say of them where no rule of the settings says it."""

import math
from collections.abc import Iterable, Mapping, Sequence

from winnow.annotation.judges.numbers import higher, sum_of
from winnow.schemas.judgments import Rating, ScoreShare, Verdict

WHOLE = "quality"
"""Attribute of a rating that does not say what it is about."""


def verdict_of_ratings(ratings: Iterable[Rating], ids: Sequence[str]) -> Verdict | None:
    """Give the verdict for the response whose ratings have the higher sum; None without an attribute that both have.

    Args:
        ratings: Of both responses, one each on an attribute; an attribute that only one of them has does not count.
        ids: response_id of a and of b.
    """
    a, b = _by_attribute(ratings, ids)
    both = a.keys() & b.keys()
    if not both:
        return None
    # math.fsum does not depend on the order of the attributes.
    difference = math.fsum(b[name].score - a[name].score for name in both)
    if difference == 0:
        return "tie"
    return "b" if difference > 0 else "a"


def ranks_of_ratings(ratings: Iterable[Rating], ids: Sequence[str]) -> dict[str, int] | None:
    """Put responses in order by the sum of their ratings; None without an attribute on which all were rated.

    Args:
        ratings: One each on an attribute; an attribute that one of the responses lacks does not count.
        ids: response_ids.

    Returns:
        Rank by response_id, 1 for the highest sum; equal sums share one.
    """
    told = list(ratings)
    found = [{r.attribute: r.score for r in told if r.response_id == i} for i in ids]
    rated_on = set.intersection(*(set(scores) for scores in found))
    if not rated_on:
        return None
    sums = {
        i: math.fsum(scores[name] for name in rated_on)
        for i, scores in zip(ids, found, strict=True)
    }
    best_first = sorted(set(sums.values()), reverse=True)
    return {i: best_first.index(total) + 1 for i, total in sums.items()}


def probability_of_ratings(ratings: Iterable[Rating], ids: Sequence[str]) -> float | None:
    """Give P(the sum of b is higher) and half of P(both are the same), the ratings taken as independent.

    Args:
        ratings: As of `verdict_of_ratings`.
        ids: response_id of a and of b.

    Returns:
        The probability; None unless every rating that counts has a distribution over whole numbers.
    """
    a, b = _by_attribute(ratings, ids)
    both = sorted(a.keys() & b.keys())
    told = [(a[name].distribution, b[name].distribution) for name in both]
    known = [(x, y) for x, y in told if x and y and _is_whole([*x, *y])]
    if not known or len(known) < len(told):
        return None
    scales = [range(*_ends([*x, *y])) for x, y in known]
    sum_a, sum_b = (
        sum_of([_on(scale, one[side]) for scale, one in zip(scales, known, strict=True)])
        for side in range(2)
    )
    return higher(sum_a, sum_b)


def _by_attribute(
    ratings: Iterable[Rating], ids: Sequence[str]
) -> tuple[Mapping[str, Rating], Mapping[str, Rating]]:
    told = list(ratings)
    a, b = ({r.attribute: r for r in told if r.response_id == i} for i in ids)
    return a, b


def _is_whole(shares: Iterable[ScoreShare]) -> bool:
    return all(one.score.is_integer() for one in shares)


def _ends(shares: Iterable[ScoreShare]) -> tuple[int, int]:
    scores = [int(one.score) for one in shares]
    return min(scores), max(scores) + 1


def _on(scale: range, shares: Iterable[ScoreShare]) -> list[float]:
    """Give the share of each number of a scale."""
    found = {int(one.score): one.share for one in shares}
    return [found.get(score, 0.0) for score in scale]
