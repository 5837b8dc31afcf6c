"""The filter on how probable the published verdict is."""

from typing import Annotated, ClassVar

from pydantic import Field

from winnow.pipelines.filters.case import FILTERS, Case
from winnow.pipelines.filters.threshold import Threshold


@FILTERS.register("posterior", version=1)
class LikelyVerdict(Threshold):
    """Reject a comparison when its likeliest verdict, a tie included, is not probable enough.

    Other than `margin` it holds ties to the same measure as decisions.
    """

    reason: ClassVar[str] = "low_posterior"
    says: ClassVar[str] = "the likeliest verdict has probability"

    threshold: Annotated[float, Field(ge=0, le=1)] = 0.7
    """Least probability of the likeliest verdict, from 0 to 1."""

    def figure(self, case: Case) -> float:
        """Return the probability of the likeliest verdict."""
        return max(case.p_a, case.p_b, case.p_tie)
