"""The filters on what the responses hold; comparisons that the input brought have not passed them yet."""

from typing import ClassVar

import pyarrow as pa

from winnow.pipelines.filters.case import FILTERS
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.filters.rejecting import spread
from winnow.schemas.base import Value


@FILTERS.register("empty_response", version=1)
class EmptyResponse(Value):
    """Reject a comparison when a response has neither text nor tool calls. Always applied."""

    reason: ClassVar[str] = "empty_response"

    threshold: float = 0
    """Empty responses that a comparison may have."""

    def rejects(self, cases: Cases) -> pa.Array:
        """Say how many responses are empty, if too many are."""
        fails = cases.n_empty > self.threshold
        counts = zip(cases.n_empty[fails].tolist(), cases.n_responses[fails].tolist(), strict=True)
        return spread([f"{n_empty} of {n} are empty" for n_empty, n in counts], fails)


@FILTERS.register("identical_responses", version=1)
class IdenticalResponses(Value):
    """Reject a comparison when two responses look the same. Always applied."""

    reason: ClassVar[str] = "identical_responses"

    threshold: float = 0
    """Responses that may say the same as an earlier one."""

    def rejects(self, cases: Cases) -> pa.Array:
        """Say how many responses repeat another, if too many do."""
        fails = cases.n_repeated > self.threshold
        return spread([f"{n} repeat another" for n in cases.n_repeated[fails].tolist()], fails)
