"""The filter on how clearly one response is better."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from winnow.annotation.aggregation.votes import Floats
from winnow.pipelines.filters.case import FILTERS
from winnow.pipelines.filters.cases import Cases
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

    def figures(self, cases: Cases) -> Floats:
        """Return |p_a - p_b|; NaN of a tie."""
        return np.where(cases.verdict == "tie", np.nan, np.abs(cases.p_a - cases.p_b))
