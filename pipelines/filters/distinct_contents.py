"""The filters on what the responses hold; comparisons that the input brought have not passed them yet."""

from typing import ClassVar

from winnow.pipelines.filters.case import FILTERS, Case
from winnow.schemas.base import Value


@FILTERS.register("empty_response", version=1)
class EmptyResponse(Value):
    """Reject a comparison when a response has neither text nor tool calls. Always applied."""

    reason: ClassVar[str] = "empty_response"

    threshold: float = 0
    """Empty responses that a comparison may have."""

    def why_rejected(self, case: Case) -> str | None:
        """Say how many responses are empty, if too many are."""
        n_empty = case.contents.count(None)
        return f"{n_empty} of {len(case.contents)} are empty" if n_empty > self.threshold else None


@FILTERS.register("identical_responses", version=1)
class IdenticalResponses(Value):
    """Reject a comparison when two responses look the same. Always applied."""

    reason: ClassVar[str] = "identical_responses"

    threshold: float = 0
    """Responses that may say the same as an earlier one."""

    def why_rejected(self, case: Case) -> str | None:
        """Say how many responses repeat another, if too many do."""
        n_repeated = len(case.contents) - len(set(case.contents))
        return f"{n_repeated} repeat another" if n_repeated > self.threshold else None
