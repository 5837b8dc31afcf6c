"""The judge that finds out how much likelier a response is with its prompt than without."""

import math
from collections.abc import Iterator, Sequence

from winnow.annotation.judge import JUDGES, SubjectView
from winnow.annotation.judges.answered import answered, unasked
from winnow.annotation.judges.likelihood import LikelihoodJudge, TextToScore
from winnow.annotation.judges.scored_text import ScoredText
from winnow.schemas.prompts import Message


@JUDGES.register("self_aligned", version=1)
class SelfAlignedJudge(LikelihoodJudge):
    """Rate a response by how much its perplexity falls when the model sees the prompt: what fits any prompt gains little.

    The rating `self_aligned` is (ppl(a) - ppl(a|q)) / ppl(a), not below -1. Beside it stand `self_aligned.with_prompt` and
    `self_aligned.without_prompt`, the mean log-probabilities a token. Without the prompt, the model reads the same turns
    that say how to answer, and an empty question. It says nothing of whether a response is right: use it beside what does.

    Source: "Self-Aligned Reward", arXiv:2509.05489.
    """

    def texts(self, view: SubjectView) -> Sequence[TextToScore]:
        """List what the response says in its last turn, with all before it, then without."""
        talk = answered(view)
        if talk is None or not talk.text:
            return ()
        alone = Message(role="assistant", content=talk.text)
        asked = talk.turns[-1].model_copy(update={"tool_calls": ()})
        return (
            TextToScore((*talk.before, asked), talk.text, talk.tools),
            TextToScore((*unasked(view.prompt), alone), talk.text, talk.tools),
        )

    def numbers(self, scored: Sequence[ScoredText]) -> Iterator[tuple[str, float]]:
        """Compare the two perplexities."""
        given, alone = scored
        yield self.name, relative_gain(given.mean, alone.mean)
        yield f"{self.name}.with_prompt", given.mean
        yield f"{self.name}.without_prompt", alone.mean

    def words(self, scored: Sequence[ScoredText]) -> str:
        """Say both."""
        given, alone = scored
        return f"with the prompt {given.words}; without {alone.words}"


def relative_gain(given: float, alone: float) -> float:
    """Compute (ppl(a) - ppl(a|q)) / ppl(a), clipped to [-1, 1], from mean log-probabilities a token."""
    fall = alone - given
    return max(-1.0, -math.expm1(fall)) if fall < 1 else -1.0
