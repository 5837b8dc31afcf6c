"""The best response against the worst, by a score."""

from collections.abc import Sequence

from winnow.pipelines.pairing.strategy import STRATEGIES, Candidate
from winnow.schemas.base import Value


@STRATEGIES.register("best_worst", version=1)
class BestWorst(Value):
    """Compare the response of the highest score with that of the lowest: at most one pair a prompt.

    The score only chooses whom to compare; the label still comes from the annotators. Empty responses and those
    without a score are passed over, and equal scores make no pair.
    """

    score: str = "logprob"
    """"logprob", the mean log-probability of a response's tokens, or the name of a verifier."""

    @property
    def scored_by(self) -> str | None:
        """The score of the settings."""
        return self.score

    def form(self, candidates: Sequence[Candidate]) -> list[tuple[Candidate, ...]]:
        """Form the pair, if the scores tell two responses apart; equal ones are taken in the order of their ids."""
        ranked = sorted(
            (c for c in candidates if c.content is not None and c.score is not None),
            key=lambda c: (-(c.score or 0.0), c.response_id),
        )
        if not ranked or ranked[0].score == ranked[-1].score:
            return []
        return [(ranked[0], ranked[-1])]
