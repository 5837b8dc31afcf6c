"""Every response against every other."""

from collections.abc import Sequence
from itertools import combinations

from winnow.pipelines.pairing.strategy import STRATEGIES, Candidate
from winnow.schemas.base import Value


@STRATEGIES.register("all_pairs", version=1)
class AllPairs(Value):
    """Compare each response to a prompt with each other one: n responses make n (n - 1) / 2 pairs."""

    @property
    def scored_by(self) -> str | None:
        """Nothing: every response is paired."""
        return None

    def form(self, candidates: Sequence[Candidate]) -> list[tuple[Candidate, ...]]:
        """Form every pair."""
        return list(combinations(candidates, 2))
