"""The filter on labels of one prompt that contradict each other in a circle."""

from typing import Annotated, ClassVar

import pyarrow as pa
from pydantic import Field

from winnow.pipelines.filters.case import FILTERS
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.filters.rejecting import looked_up
from winnow.schemas.base import Value


@FILTERS.register("transitive", version=1)
class Transitive(Value):
    """Reject a comparison when the labels of its prompt run in a circle that it is the weakest link of.

    Where response x beats y, y beats z and z beats x, one of the three labels is wrong, most likely the one with
    least evidence. Strongest comparisons are believed first, and one that contradicts those already believed has to
    go, so what is kept of a prompt can be put in order. Ties contradict nothing. The cycles are rows of the table
    `cycles`, whether or not this filter is used.

    Source: Tideman 1987 (ranked pairs), as in `winnow.annotation.aggregation.cycles`.
    """

    reason: ClassVar[str] = "intransitive"

    threshold: Annotated[float, Field(ge=0)] = 0.0
    """Surplus, in nats, over the weakest link up to which a link of a cycle is rejected too; 0 rejects that one alone."""

    def rejects(self, cases: Cases) -> pa.Array:
        """Name the cycle that a comparison breaks, where there is one."""
        said = {}
        for comparison_id, links in cases.cycle_links.items():
            weakest = min(links, key=lambda link: link.surplus)
            if weakest.surplus <= self.threshold:
                said[comparison_id] = str(weakest)
        return looked_up(cases.comparison_id, said)
