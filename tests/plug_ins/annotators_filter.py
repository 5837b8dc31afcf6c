"""A filter: a label rests on as many annotators as the threshold says."""

from typing import ClassVar

from winnow.pipelines.filters import FILTERS, Threshold


@FILTERS.register("enough_annotators", version=1)
class EnoughAnnotators(Threshold):
    reason: ClassVar[str] = "few_annotators"
    says: ClassVar[str] = "the number of annotators is"

    threshold: float = 2

    def figures(self, cases):
        return cases.stands.count()
