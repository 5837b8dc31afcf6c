"""How much a judge's preference changes where nothing changes that should count."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from winnow.annotation.aggregation.votes import Floats
from winnow.annotation.evaluation.estimates import Estimate
from winnow.annotation.probe import Side
from winnow.schemas.measures.shares import Z_95

SIGNIFICANT = 0.05
"""Adjusted p-value below which an effect is called a bias."""


class ProbedItem(NamedTuple):
    """One comparison that was judged as it is and altered."""

    item_id: str
    """The comparison."""

    prompt: str
    """Its prompt; comparisons of one prompt are one case."""

    side: Side
    """The side that the alteration favours."""

    before: float
    """How far it was preferred, from 0 to 1: the mean over the verdicts, a tie being a half."""

    after: float
    """The same of the altered comparison."""


class ProbeEffect(NamedTuple):
    """What one probe did to one annotator."""

    annotator: str
    """The annotator."""

    probe: str
    """Name and version of the probe."""

    favours: str
    """What an annotator with the bias prefers."""

    effect: Estimate | None
    """By how much more the altered side is preferred, from -1 to 1; n are prompts. None where nothing was judged both ways."""

    changed: float | None
    """Share of the comparisons whose preference changed at all, in whichever direction."""

    n_up: int
    """Prompts in which the altered side is preferred more."""

    n_down: int
    """Prompts in which it is preferred less."""

    n_items: int
    """Comparisons that were judged both ways."""

    n_unread: int
    """Comparisons that are not counted, since a verdict on them could not be read or was not given."""

    n_unaltered: int
    """Comparisons that cannot be altered so."""

    p_value: float | None
    """Of the exact sign test that more and less are as likely."""

    p_adjusted: float | None
    """The same after Holm's correction for all effects that were looked at together."""

    @property
    def is_bias(self) -> bool:
        """Whether more of the prompts change one way than chance explains, all effects taken together."""
        return self.p_adjusted is not None and self.p_adjusted < SIGNIFICANT


def preferences_for(
    judgments: pa.Table, side: dict[str, Side], order: str | None = None
) -> dict[str, float | None]:
    """Work out how far sides are preferred.

    Args:
        judgments: item_id, order and verdict of one annotator.
        side: The side of each comparison.
        order: The order that counts; None for all.

    Returns:
        By item_id from 0 to 1; None where one of its verdicts cannot be read. What was not judged is missing.
    """
    votes: dict[str, list[float | None]] = {}
    columns = (judgments[name].to_pylist() for name in ("item_id", "order", "verdict"))
    for item_id, shown, verdict in zip(*columns, strict=True):
        if item_id in side and (order is None or shown == order):
            value = {"tie": 0.5, "a": 1.0, "b": 0.0}.get(verdict)
            is_b = side[item_id] == "b"
            votes.setdefault(item_id, []).append(1 - value if value is not None and is_b else value)
    return {
        item_id: None if None in said else float(np.mean([v for v in said if v is not None]))
        for item_id, said in votes.items()
    }


def measure_probe(
    annotator: str,
    probe: str,
    favours: str,
    items: Sequence[ProbedItem],
    *,
    n_unread: int = 0,
    n_unaltered: int = 0,
) -> ProbeEffect:
    """Measure one probe of one annotator.

    The changes of one prompt's comparisons are averaged first. The interval is Wald's with Agresti and Min's half case
    added to each side, so that it is open as well where no prompt changed; the test is exact.

    Source: Agresti and Min 2005, Stat. Med. 24(5), 729-740 (interval); McNemar 1947, Psychometrika 12(2), 153-157 (test).
    """
    by_prompt: dict[str, list[float]] = {}
    for one in items:
        by_prompt.setdefault(one.prompt, []).append(one.after - one.before)
    change = np.array([np.mean(found) for found in by_prompt.values()], float)
    n_up, n_down = int((change > 0).sum()), int((change < 0).sum())
    return ProbeEffect(
        annotator,
        probe,
        favours,
        effect=_mean_change(change) if len(change) else None,
        changed=float(np.mean([one.after != one.before for one in items])) if items else None,
        n_up=n_up,
        n_down=n_down,
        n_items=len(items),
        n_unread=n_unread,
        n_unaltered=n_unaltered,
        p_value=_sign_test(n_up, n_down) if len(change) else None,
        p_adjusted=None,
    )


def adjust(effects: Iterable[ProbeEffect]) -> list[ProbeEffect]:
    """Fill in the p-values that hold for all effects together.

    Source: Holm 1979, Scand. J. Stat. 6(2), 65-70.
    """
    found = list(effects)
    tested = sorted((one.p_value, i) for i, one in enumerate(found) if one.p_value is not None)
    highest = 0.0
    for place, (p_value, i) in enumerate(tested):
        highest = max(highest, min(1.0, p_value * (len(tested) - place)))
        found[i] = found[i]._replace(p_adjusted=highest)
    return found


def _mean_change(change: Floats) -> Estimate:
    n = len(change) + 2
    mean = change.sum() / n
    variance = (float((change**2).sum()) + 1) / n - mean**2
    reach = Z_95 * float(np.sqrt(variance / n))
    value = float(change.mean())
    low, high = max(-1.0, min(value, mean - reach)), min(1.0, max(value, mean + reach))
    return Estimate(value, low, high, len(change))


def _sign_test(n_up: int, n_down: int) -> float:
    from scipy.stats import binomtest

    return float(binomtest(n_up, n_up + n_down).pvalue) if n_up + n_down else 1.0
