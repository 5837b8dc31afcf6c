"""The filter on annotators that contradict themselves."""

from typing import Annotated, ClassVar

from pydantic import Field

from winnow.annotation.aggregation.votes import Floats
from winnow.pipelines.filters.case import FILTERS
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.filters.threshold import Threshold
from winnow.pipelines.filters.weight import held_share


@FILTERS.register("self_consistent", version=1)
class SelfConsistent(Threshold):
    """Reject a comparison when annotators that contradict themselves on it hold too much of the weight.

    An annotator contradicts itself when it judged the same comparison more than once in the same order and did not say
    the same: a person on a repeated item, a judge asked twice at a temperature. An answer that a person took back and
    replaced is no contradiction. Weight counts as for `order_consistent`.
    """

    reason: ClassVar[str] = "self_inconsistent"
    says: ClassVar[str] = "the share of the weight that contradicts itself is"
    wanted: ClassVar = "at most"

    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share of the weight that may contradict itself at most."""

    def figures(self, cases: Cases) -> Floats:
        """Return the share of the annotators' weight, 0 to 1, held by those who contradict themselves."""
        return held_share(cases.stands, cases.stands.is_torn)

    def details(self, cases: Cases) -> list[str]:
        """Name those who do."""
        return cases.stands.only(cases.stands.is_torn).named()
