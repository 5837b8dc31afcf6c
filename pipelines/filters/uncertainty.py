"""The filter on how little is known about which response is better."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from winnow.annotation.aggregation.votes import Floats
from winnow.pipelines.filters.case import FILTERS
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.filters.threshold import Threshold


@FILTERS.register("uncertainty", version=1)
class Uncertainty(Threshold):
    """Reject a comparison when the 90 % interval of its label is too wide.

    The interval is that of P(a better | one is better). It is wide where few or unproven annotators judged, also where
    they happen to agree: other than `posterior` it tells a label that is known to be close from one that is not known.
    A tie is not looked at, nor is a label of a method that gives no interval.
    """

    reason: ClassVar[str] = "uncertain"
    says: ClassVar[str] = "the 90 % interval is"
    wanted: ClassVar = "at most"

    threshold: Annotated[float, Field(ge=0, le=1)] = 0.7
    """Greatest width of the interval, from 0 to 1."""

    def figures(self, cases: Cases) -> Floats:
        """Return the width of the interval; NaN of a tie."""
        return np.where(cases.verdict == "tie", np.nan, cases.high - cases.low)

    def details(self, cases: Cases) -> list[str]:
        """Return the intervals themselves."""
        ends = zip(cases.low.tolist(), cases.high.tolist(), strict=True)
        return [f"{low:.2f} to {high:.2f}" for low, high in ends]
