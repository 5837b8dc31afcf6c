"""What the stages need of the inference job."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest

if TYPE_CHECKING:
    from winnow.pipelines.inference.job import Answers


def nth(kind: str, i: int, n: int) -> str:
    """Name one of several that ask, such as "judge 2 of 3:"; of a single one just what it is."""
    return f"{kind} {i:,} of {n:,}:" if n > 1 else kind


class Complete(Protocol):
    """`winnow.pipelines.inference.job.complete` with the store, the Beam settings and the progress filled in."""

    def __call__(
        self,
        requests: Sequence[ChatRequest],
        *,
        model: ModelRef,
        asking: str = "",
        stored_only: bool = False,
    ) -> "Answers":
        """Have requests to one model answered, or only look up which were answered before; `asking` says who asks."""
        ...
