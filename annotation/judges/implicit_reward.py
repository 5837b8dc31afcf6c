"""The judge that takes the reward which is implicit in two models."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

from pydantic import Field

from winnow.annotation.judge import JUDGES, SubjectView
from winnow.annotation.judges.answered import answered
from winnow.annotation.judges.likelihood import LikelihoodJudge, TextToScore
from winnow.annotation.judges.scored_text import ScoredText


@JUDGES.register("implicit_reward", version=1)
class ImplicitRewardJudge(LikelihoodJudge):
    """Rate a response by how much likelier the entry's model finds it than a reference model: beta times the difference of
    the log-probabilities.

    The rating is `implicit_reward`; beside it stand `implicit_reward.model` and `implicit_reward.reference`, the two
    log-probabilities, and `implicit_reward.mean`, beta times the difference of the means a token. Within a prompt, the
    difference of two ratings is a margin. Models with other tokenizers each add up their own tokens of the same text,
    which the rationale says.

    Source: Rafailov et al. 2023, "Direct Preference Optimization", arXiv:2305.18290.
    """

    reference_model: str
    """Name of the reference model in the settings: what the entry's model was trained from, as a rule."""

    beta: Annotated[float, Field(gt=0)] = 0.1
    """Factor of the difference: that of the training, where the rating is to be on its scale."""

    def conflict(self, model: str, temperature: float) -> str:
        """Refuse the entry's own model for a reference."""
        if self.reference_model != model:
            return ""
        return f"reference_model is {model!r}, the entry's own model, so that every rating would be 0; name the model that it was trained from"

    @property
    def further_models(self) -> Mapping[str, str]:
        """The reference model."""
        return {"reference_model": self.reference_model}

    def model_in(self, round_number: int) -> str | None:
        """Say which model a round asks: first that of the entry."""
        return self.reference_model if round_number > 1 else None

    def texts(self, view: SubjectView) -> Sequence[TextToScore]:
        """List what the response says in its last turn."""
        talk = answered(view)
        if talk is None or not talk.text:
            return ()
        said = talk.turns[-1].model_copy(update={"tool_calls": ()})
        return (TextToScore((*talk.before, said), talk.text, talk.tools),)

    def numbers(self, scored: Sequence[ScoredText]) -> Iterator[tuple[str, float]]:
        """Compute the reward from both log-probabilities."""
        model, reference = scored
        yield self.name, self.beta * (model.total - reference.total)
        yield f"{self.name}.mean", self.beta * (model.mean - reference.mean)
        yield f"{self.name}.model", model.total
        yield f"{self.name}.reference", reference.total

    def words(self, scored: Sequence[ScoredText]) -> str:
        """Say both, and that they are sums over other tokens where they are."""
        model, reference = scored
        other = (
            ""
            if model.tokens == reference.tokens
            else "; the models cut the text into other tokens"
        )
        return f"the model: {model.words}; the reference model: {reference.words}{other}"
