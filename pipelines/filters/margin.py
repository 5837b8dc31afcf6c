"""The filter on how clearly one response is better."""

from typing import Annotated, ClassVar

from pydantic import Field

from winnow.pipelines.filters.case import FILTERS, Case
from winnow.pipelines.filters.threshold import Threshold


@FILTERS.register("margin", version=1)
class Margin(Threshold):
    """Reject a comparison when its label hardly prefers either response.

    A tie is a label of its own: where a tie is likeliest the margin is small by nature and is not looked at.
    """

    reason: ClassVar[str] = "low_margin"
    says: ClassVar[str] = "margin is"

    threshold: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Least |p_a - p_b|, from 0 to 1."""

    def figure(self, case: Case) -> float | None:
        """Return |p_a - p_b|; None of a tie."""
        return None if case.verdict == "tie" else abs(case.p_a - case.p_b)
