"""What the length of a response does to a judge."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Floats, Ints
from winnow.annotation.evaluation.estimates import Estimate, mean_of, share_of
from winnow.annotation.evaluation.items import Items


class Length(NamedTuple):
    """Figures of length, on comparisons of unequal length whose gold is decisive; each None where there are none."""

    longer: Estimate | None
    """Share of the comparisons in which the judge prefers the longer response; a tie or a flip counts half."""

    gold_longer: Estimate | None
    """Share of the same comparisons in which gold does."""

    bias: Estimate | None
    """`longer` minus `gold_longer`."""


def measure_length(item: Ints, lean: Floats, items: Items) -> Length:
    """Measure how much more often a judge prefers the longer response than gold does.

    Args:
        item: Rows of the items that it judged.
        lean: Its leans on them, -1 (b) to +1 (a).
        items: The labelled comparisons.
    """
    chosen = items.is_decisive[item] & (np.abs(items.longer[item]) == 1)
    rows, lean = item[chosen], lean[chosen]
    longer = (1 + lean * items.longer[rows]) / 2
    gold = (1 + items.sign[rows] * items.longer[rows]) / 2
    prompt = items.prompt[rows]
    return Length(share_of(longer, prompt), share_of(gold, prompt), mean_of(longer - gold, prompt))
