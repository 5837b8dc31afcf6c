"""The filter on how probable the published verdict is."""

from typing import Annotated, ClassVar

from pydantic import Field

from winnow.annotation.aggregation.votes import Floats
from winnow.pipelines.filters.case import FILTERS
from winnow.pipelines.filters.cases import Cases
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

    def figures(self, cases: Cases) -> Floats:
        """Return the probability of the likeliest verdict."""
        return cases.likeliest
