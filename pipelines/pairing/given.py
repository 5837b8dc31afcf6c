"""Nobody against anybody: the comparisons are there."""

from collections.abc import Sequence

from winnow.pipelines.pairing.strategy import STRATEGIES, Candidate
from winnow.schemas.base import Value


@STRATEGIES.register("given", version=1)
class Given(Value):
    """Form nothing: only the comparisons that came with the data are judged."""

    @property
    def scored_by(self) -> str | None:
        """Nothing: no response is paired."""
        return None

    def form(self, candidates: Sequence[Candidate]) -> list[tuple[Candidate, ...]]:
        """Form no comparison."""
        return []
