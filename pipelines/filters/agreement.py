"""The filter on how far the annotators agree with the label."""

from typing import Annotated, ClassVar

from pydantic import Field

from winnow.pipelines.filters.case import FILTERS, Case
from winnow.pipelines.filters.threshold import Threshold


@FILTERS.register("agreement", version=1)
class Agreement(Threshold):
    """Reject a comparison when too small a share of the evidence, by annotator weight, agrees with its label.

    Where no annotator has any weight there is nothing to agree on, and the comparison is rejected too.
    """

    reason: ClassVar[str] = "low_agreement"
    says: ClassVar[str] = "agreement is"

    threshold: Annotated[float, Field(ge=0, le=1)] = 0.7
    """Least agreement, from 0 to 1."""

    def figure(self, case: Case) -> float:
        """Return the agreement; less than any threshold where nobody has weight."""
        return -1.0 if case.agreement is None else case.agreement

    def why_rejected(self, case: Case) -> str | None:
        """Say how large the agreement is, if it is too small."""
        if case.agreement is None:
            return "no annotator has any weight"
        return super().why_rejected(case)
