"""A filter: a label rests on as many annotators as the threshold says."""

from typing import ClassVar

from winnow.pipelines.filters.case import FILTERS
from winnow.schemas.base import Value


@FILTERS.register("enough_annotators", version=1)
class EnoughAnnotators(Value):
    reason: ClassVar[str] = "few_annotators"

    threshold: float = 2

    def why_rejected(self, case):
        n = len(case.stands)
        return None if n >= self.threshold else f"{n} annotators, wanted {self.threshold:g}"
