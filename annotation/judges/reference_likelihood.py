"""The judge that finds out how likely the reference answer is after a response."""

import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from winnow.annotation.fence import defuse
from winnow.annotation.judge import JUDGES, SubjectView
from winnow.annotation.judges.answered import answered
from winnow.annotation.judges.likelihood import LikelihoodJudge, TextToScore
from winnow.annotation.judges.scored_text import ScoredText

_LEAST_SUM = -700.0
"""Log-probabilities below it are of probabilities that a float cannot hold."""


@JUDGES.register("reference_likelihood", version=1)
class ReferenceLikelihoodJudge(LikelihoodJudge):
    """Rate a response by how likely the reference answer is after prompt and response, the response read as reasoning.

    The rating `reference_likelihood` is what `measure` says. Beside it stand all measures as ratings:
    `reference_likelihood.sum`, the log-probability; `.mean`, the same a token; `.mean_probability`, the mean of the tokens'
    probabilities; and `.probability`, left out where it is smaller than a number can be.

    Source: "Likelihood-Based Reward Designs for General LLM Reasoning", arXiv:2602.03979.
    """

    measure: Literal["mean", "sum", "mean_probability"] = "mean"
    """Which measure decides. The tokens of a reference are the same after every response, so "mean" and "sum" agree within a
    prompt; means of several prompts can be compared."""

    lead: Annotated[str, Field(min_length=1)] = "\n\nFinal answer:\n"
    """Text between the response and the reference."""

    @property
    def by_reference(self) -> bool:
        """Whether it judges by the prompt's reference: always."""
        return True

    def texts(self, view: SubjectView) -> Sequence[TextToScore]:
        """List the reference, where there is one, as the end of what the response says."""
        talk, reference = answered(view), defuse((view.prompt.reference or "").strip())
        if talk is None or not talk.text or not reference:
            return ()
        last = talk.turns[-1]
        said = f"{last.text()}{self.lead}{reference}"
        turn = last.model_copy(update={"content": said, "tool_calls": ()})
        return (TextToScore((*talk.before, turn), reference, talk.tools),)

    def numbers(self, scored: Sequence[ScoredText]) -> Iterator[tuple[str, float]]:
        """Compute every measure; none of them by the power of a long sum alone."""
        (reference,) = scored
        measures = {
            "sum": reference.total,
            "mean": reference.mean,
            "mean_probability": mean_probability(reference.logprobs),
        }
        if reference.total >= _LEAST_SUM:
            measures["probability"] = math.exp(reference.total)
        yield self.name, measures[self.measure]
        yield from ((f"{self.name}.{name}", value) for name, value in measures.items())


def mean_probability(logprobs: Sequence[float]) -> float:
    """Compute the mean of probabilities from their logarithms."""
    return math.fsum(map(math.exp, logprobs)) / len(logprobs)
