"""How far a criterion goes with the length of responses, and what is left of it once lengths are matched."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Bools, Floats, Ints
from winnow.schemas.measures.shares import wilson
from winnow.schemas.rubrics import MeasuredFigure

ONE_SIDED_95 = 1.6448536269514722
"""Standard normal quantile of a bound that 95 % lie above."""

_PER_STRATUM, _MOST_STRATA = 20, 5


def rank_correlation(met: Floats, length: Floats, n_independent: int) -> MeasuredFigure | None:
    """Return Spearman's correlation of meeting a criterion with the length of the response.

    Args:
        met: Shape (n_responses,): 1, 0, or NaN where nobody can say.
        length: Shape (n_responses,), characters; NaN where nobody knows.
        n_independent: Independent cases behind them, for the interval.

    Returns:
        None where nothing varies.

    Source: Bonett and Wright 2000, Psychometrika 65(1), 23-28 (the interval).
    """
    is_known = ~np.isnan(met) & ~np.isnan(length)
    met, length = met[is_known], length[is_known]
    if len(met) < 2 or np.ptp(met) == 0 or np.ptp(length) == 0:
        return None
    # What is 0 or 1 is its own rank but for scale.
    one, other = (column - column.mean() for column in (met, _ranks(length)))
    value = float(one @ other / np.sqrt((one @ one) * (other @ other)))
    n = min(n_independent, len(met))
    if n <= 3 or abs(value) >= 1:
        return MeasuredFigure(value=value, n=len(met))
    reach = 1.959963984540054 * np.sqrt((1 + value**2 / 2) / (n - 3))
    low, high = np.tanh(np.arctanh(value) + np.array([-reach, reach]))
    return MeasuredFigure(value=value, low=float(low), high=float(high), n=len(met))


def _ranks(values: Floats) -> Floats:
    """Rank values from 1, equal ones by the mean of their ranks."""
    _, place, n = np.unique(values, return_inverse=True, return_counts=True)
    found: Floats = (np.cumsum(n) - (n - 1) / 2)[place]
    return found


class LengthMatched(NamedTuple):
    """What is left of an accuracy once lengths are matched."""

    right: MeasuredFigure | None
    """Share that is right, with its one-sided 95 % bound as `low`; None where it always favours the longer response, or always
    the shorter, and where nobody knows a length."""

    p: float
    """How likely something that says no more than the length is right so often; 1 where the two cannot be told apart, 0 where
    nobody knows a length."""

    @property
    def words(self) -> str:
        """Say it in words."""
        if self.right is None or self.right.low is None:
            return "always favours the longer response, or always the shorter, and cannot be told from that"
        value, low = 100 * self.right.value, 100 * self.right.low
        return (
            f"right in {value:.0f} % with lengths matched, at least {low:.0f} %, wanted above 50 %"
        )


def length_matched(wins: Floats, longer: Floats, cluster: Ints | None = None) -> LengthMatched:
    """Return how often a criterion is right where it favours the longer response as often as the shorter one.

    A criterion that says no more than the length is right in one half once lengths are matched, however well length
    predicts. This is half of one plus the Mantel-Haenszel difference in how often the longer response is preferred, between
    the comparisons whose longer and those whose shorter response meets the criterion, over strata of equal length ratio.
    Comparisons of one cluster err together: they are worth as many as the variance over clusters leaves of them, and the
    bound is Student's where that is estimated.

    Args:
        wins: Shape (n,): 1 where the label prefers the response that meets the criterion, 0 where the other; only
            comparisons that it separates.
        longer: Shape (n,): log of the length of the response that meets it over that of the other; NaN where nobody knows.
        cluster: Shape (n,): number of what errs together; each by itself where None.

    Source: Mantel and Haenszel 1959, J. Natl. Cancer Inst. 22(4), 719-748; Greenland and Robins 1985, Biometrics 41(1),
    55-68 (the difference).
    """
    from scipy.special import stdtr, stdtrit

    is_known = ~np.isnan(longer)
    numbers = np.arange(len(wins)) if cluster is None else cluster
    wins, longer, numbers = wins[is_known], longer[is_known], numbers[is_known]
    if not len(wins):
        return LengthMatched(None, 0.0)
    strata = _strata(np.abs(longer))
    total, weighed = 0.0, 0.0
    off = np.zeros(len(wins))  # how much each moves what is weighed, beside the others on its side
    for stratum in np.unique(strata):
        inside = strata == stratum
        if stratum < 0:  # of equal length: matched as they are
            sides: tuple[Bools, ...] = (inside,)
            weight = inside.sum() / 4
        else:
            sides = (inside & (longer > 0), inside & (longer < 0))
            n_up, n_down = (side.sum() for side in sides)
            if not n_up or not n_down:
                continue
            weight = n_up * n_down / (n_up + n_down)
        rates = [wins[side].mean() for side in sides]
        for side, rate in zip(sides, rates, strict=True):
            off[side] = weight * (wins[side] - rate) / (len(sides) * side.sum())
        total, weighed = total + weight, weighed + weight * float(np.mean(rates))
    if not total:
        return LengthMatched(None, 1.0)
    worth, freedom = _worth(off, numbers)
    n = 4 * total * worth
    found = wilson(min(1.0, weighed / total), n, float(stdtrit(freedom, 0.95)))
    right = MeasuredFigure(value=found.value, low=found.low, high=found.high, n=len(wins))
    return LengthMatched(right, float(stdtr(freedom, (1 - 2 * found.value) * np.sqrt(n))))


def _worth(off: Floats, cluster: Ints) -> tuple[float, float]:
    """Say how many independent cases one of a cluster is worth, at most 1, and the degrees of freedom of that estimate."""
    _, place, sizes = np.unique(cluster, return_inverse=True, return_counts=True)
    n, n_clusters = len(off), len(sizes)
    if n_clusters == n:
        return 1.0, np.inf
    # Cases that differ nowhere, or one cluster by itself, say nothing of how they err together: each cluster is one case.
    alone = float(off @ off)
    if n_clusters < 2 or alone < 1e-12:
        return n_clusters / n, max(n_clusters - 1, 1)
    together = float((np.bincount(place, off) ** 2).sum()) * n_clusters / (n_clusters - 1)
    return min(1.0, alone / max(together, 1e-12)), n_clusters - 1


def matched(
    outcome: Floats, favours: Floats, length: Floats, cluster: Ints | None = None
) -> LengthMatched:
    """Do what `length_matched` does for comparisons of which some are not decided.

    Args:
        outcome: Shape (n,): above 0 for right, below for wrong, 0 or NaN for neither.
        favours: Shape (n,): above 0 where a is favoured, below where b.
        length: Shape (n, 2): characters of a and b, an empty one counts as one; NaN where nobody knows.
        cluster: Shape (n,): number of what errs together; each by itself where None.
    """
    log = np.log(np.maximum(length, 1.0))
    is_said = np.nan_to_num(outcome) != 0
    longer = (log[:, 0] - log[:, 1]) * np.sign(favours)
    wins = (outcome[is_said] > 0).astype(np.float64)
    return length_matched(wins, longer[is_said], None if cluster is None else cluster[is_said])


def _strata(distance: Floats) -> np.ndarray:
    """Number the stratum of each case by its rank: -1 of equal lengths, else of about equal distance."""
    is_unequal = distance > 0
    n = int(is_unequal.sum())
    n_strata = min(_MOST_STRATA, max(1, n // _PER_STRATUM))
    strata = np.full(len(distance), -1)
    if n:
        edges = np.quantile(distance[is_unequal], np.arange(1, n_strata) / n_strata)
        strata[is_unequal] = np.searchsorted(edges, distance[is_unequal])
    return strata
