"""What ratings of two responses say of them where no rule of the settings says it."""

import math
from collections.abc import Iterable, Sequence

from winnow.schemas.judgments import Rating, Verdict

WHOLE = "quality"
"""Attribute of a rating that does not say what it is about."""


def verdict_of_ratings(ratings: Iterable[Rating], ids: Sequence[str]) -> Verdict | None:
    """Give the verdict for the response whose ratings have the higher sum; None without an attribute that both have.

    Args:
        ratings: Of both responses, one each on an attribute; an attribute that only one of them has does not count.
        ids: response_id of a and of b.
    """
    told = list(ratings)
    a, b = ({r.attribute: r.score for r in told if r.response_id == i} for i in ids)
    both = a.keys() & b.keys()
    if not both:
        return None
    # math.fsum does not depend on the order of the attributes.
    difference = math.fsum(b[name] - a[name] for name in both)
    if difference == 0:
        return "tie"
    return "b" if difference > 0 else "a"
