"""Criteria that say the opposite of one another, told from what judges found and not from their words."""

from typing import Literal, NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Bools, Floats

_RARE = 0.05
"""Share of responses below which both criteria together, or neither, count as never met."""


class Opposite(NamedTuple):
    """A criterion that another one turns round."""

    criterion: int
    """Its place."""

    other: int
    """The place of the one that agrees better with the labels."""

    phi: float
    """Correlation of the two over responses, -1..1, before a pitfall is turned round."""

    reason: Literal["mirror", "contradicts"]
    """Whether one is met just where the other is not, or they cannot both be met, or they ask for opposites."""


def phi_matrix(met: Floats) -> Floats:
    """Correlate criteria over the responses of which both can be said.

    Args:
        met: Shape (n_criteria, n_responses): 1, 0 or NaN.

    Returns:
        Shape (n_criteria, n_criteria); NaN where one of the two does not vary there.
    """
    known = (~np.isnan(met)).astype(np.float64)
    yes = np.nan_to_num(met)
    n, both = known @ known.T, yes @ yes.T
    one = yes @ known.T
    other = one.T
    below = np.sqrt(one * (n - one) * other * (n - other))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, (n * both - one * other) / below, np.nan)


def opposites(met: Floats, is_pitfall: Bools, merit: Floats, most: float) -> list[Opposite]:
    """Find the criteria that turn a better one round.

    Args:
        met: Shape (n_criteria, n_responses): 1, 0 or NaN.
        is_pitfall: Shape (n_criteria,).
        merit: Shape (n_criteria,): how well each agrees with the labels; of two the lesser is named, of equals the later.
        most: Correlation below which two are opposites, such as -0.7.
    """
    phi = phi_matrix(met)
    found = {}
    for one, other in np.argwhere(np.triu(phi < most, k=1)).tolist():
        worse, better = (one, other) if merit[one] < merit[other] else (other, one)
        if worse in found:
            continue
        reason: Literal["mirror", "contradicts"] = "contradicts"
        if is_pitfall[one] != is_pitfall[other] or _is_complement(met[one], met[other]):
            reason = "mirror"
        found[worse] = Opposite(worse, better, float(phi[one, other]), reason)
    return [found[place] for place in sorted(found)]


def _is_complement(one: Floats, other: Floats) -> bool:
    is_known = ~np.isnan(one) & ~np.isnan(other)
    return bool((one[is_known] == other[is_known]).mean() < 2 * _RARE)
