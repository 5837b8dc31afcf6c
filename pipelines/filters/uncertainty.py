"""The filter on how little is known about which response is better."""

from typing import Annotated, ClassVar

from pydantic import Field

from winnow.pipelines.filters.case import FILTERS, Case
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

    def figure(self, case: Case) -> float | None:
        """Return the width of the interval; None of a tie."""
        if case.low is None or case.high is None or case.verdict == "tie":
            return None
        return case.high - case.low

    def detail(self, case: Case) -> str:
        """Return the interval itself."""
        return f"{case.low:.2f} to {case.high:.2f}"
