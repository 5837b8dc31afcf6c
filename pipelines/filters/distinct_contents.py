"""The filters on what the responses hold; comparisons that the input brought have not passed them yet."""

from typing import ClassVar

import pyarrow as pa

from winnow.pipelines.filters.case import FILTERS
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.filters.rejecting import spread
from winnow.schemas.base import Value


class KnownTexts(Value):
    """Reject a comparison when nobody knows what a response says, as in a log of battles.

    Always applied, and no filter of the settings: nothing can be trained on it.
    """

    reason: ClassVar[str] = "no_text"

    threshold: float = 0
    """Responses of which nobody need know what they say."""

    def rejects(self, cases: Cases) -> pa.Array:
        """Say of how many responses only the model is known, if of too many."""
        fails = cases.n_unknown > self.threshold
        counts = zip(
            cases.n_unknown[fails].tolist(), cases.n_responses[fails].tolist(), strict=True
        )
        said = [
            f"of {n_unknown} of {n} responses only the model is known" for n_unknown, n in counts
        ]
        return spread(said, fails)


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
