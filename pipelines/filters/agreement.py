"""The filter on how far the annotators agree with the label."""

from typing import Annotated, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from winnow.annotation.aggregation.votes import Floats
from winnow.pipelines.filters.case import FILTERS
from winnow.pipelines.filters.cases import Cases
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

    def figures(self, cases: Cases) -> Floats:
        """Return the agreement; less than any threshold where nobody has weight."""
        return np.where(np.isnan(cases.agreement), -1.0, cases.agreement)

    def rejects(self, cases: Cases) -> pa.Array:
        """Say how large the agreement is, if it is too small."""
        is_unknown = pa.array(np.isnan(cases.agreement))
        return pc.if_else(is_unknown, "no annotator has any weight", super().rejects(cases))
