"""The filters on what the responses hold; comparisons that the input brought have not passed them yet."""

from typing import ClassVar

from winnow.pipelines.filters.case import FILTERS, Case
from winnow.schemas.base import Value


class KnownTexts(Value):
    """Reject a comparison when nobody knows what a response says, as in a log of battles.

    Always applied, and no filter of the settings: nothing can be trained on it.
    """

    reason: ClassVar[str] = "no_text"

    threshold: float = 0
    """Responses of which nobody need know what they say."""

    def why_rejected(self, case: Case) -> str | None:
        """Say how many responses are not known, if too many are."""
        if case.n_unknown <= self.threshold:
            return None
        return f"of {case.n_unknown} of {len(case.contents)} responses only the model is known"


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
