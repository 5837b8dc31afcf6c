"""A filter written against one comparison: it does not rest on one annotator alone."""

from typing import ClassVar

from winnow.pipelines.filters import FILTERS
from winnow.schemas.base import Value


@FILTERS.register("no_sole_judge", version=1)
class NoSoleJudge(Value):
    reason: ClassVar[str] = "sole_judge"

    threshold: float = 1

    def why_rejected(self, case):
        names = [stand.annotator_id for stand in case.stands]
        return f"{names[0]} alone judged it" if len(names) <= self.threshold else None
