"""The filter on verdicts that depend on the order in which the responses were shown."""

from typing import Annotated, ClassVar

from pydantic import Field

from winnow.annotation.aggregation.votes import Floats
from winnow.pipelines.filters.case import FILTERS
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.filters.threshold import Threshold
from winnow.pipelines.filters.weight import held_share


@FILTERS.register("order_consistent", version=1)
class OrderConsistent(Threshold):
    """Reject a comparison when annotators whose verdict flips with the order hold too much of the weight.

    An annotator that judged a comparison in both orders and did not say the same saw the place, not the response:
    its two verdicts are evidence of position bias and no evidence about the responses. How much that says about the
    comparison depends on who it is. Where an annotator that otherwise proves reliable cannot hold its verdict, the
    comparison is too close to call, and it is rejected unless others of more weight stand firm. An annotator of no
    weight flips at random, on every comparison alike, and has no veto.

    So what counts is the share of the weight, without its sign, of all annotators with a readable verdict that is
    held by those who flipped. Firm are those who said the same in both orders, or judged in one order or without
    any. Where nobody has weight, each annotator counts alike.
    """

    reason: ClassVar[str] = "order_inconsistent"
    says: ClassVar[str] = "the share of the weight that flipped with the order is"
    wanted: ClassVar = "at most"

    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Flipped share of the weight that a comparison may have at most; 0 lets no annotator of any weight flip."""

    def figures(self, cases: Cases) -> Floats:
        """Return the share of the annotators' weight, 0 to 1, held by those whose verdict flipped with the order."""
        return held_share(cases.stands, cases.stands.is_flipped)

    def details(self, cases: Cases) -> list[str]:
        """Name those who flipped."""
        return cases.stands.only(cases.stands.is_flipped).named()
