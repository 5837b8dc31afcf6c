"""The judge that takes the score of a reward model, or of several."""

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, pstdev
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from winnow.annotation.judge import JUDGES, Judge, Question, Reading, Reply, SubjectView
from winnow.annotation.judges.answered import answered
from winnow.schemas.base import Value
from winnow.schemas.judgments import Kind, Rating


class ScoreStandard(Value):
    """What a reward model's scores are measured by."""

    mean: float
    """Score that becomes 0."""

    std: Annotated[float, Field(gt=0)]
    """Difference in score that becomes 1."""


class RewardMember(Value):
    """A further reward model."""

    model: str
    """Name of the model in the settings."""

    standard: ScoreStandard | None = None
    """Mean and standard deviation of its scores; left out, they count as they are."""


@JUDGES.register("reward", version=1)
class RewardJudge(Judge):
    """Have reward models score each response; the score, or the mean of several, is the rating `reward`, on its own scale.

    With `members`, the standard deviation over the models (`reward.spread`), the lowest score (`reward.minimum`) and the
    score of each as it came (`reward.score_1`, that of the entry's model, and so on) are ratings beside it: how far the
    models agree is evidence of its own. No score is clipped.

    Source: "Secrets of RLHF in Large Language Models Part II: Reward Modeling", arXiv:2401.06080 (mean and spread of an
    ensemble); "Reward-Robust RLHF in LLMs", arXiv:2409.15360 (mean and minimum).
    """

    kind: ClassVar[Kind] = "reward_model"
    model_task: ClassVar[Literal["chat", "reward"]] = "reward"
    is_sampled: ClassVar[bool] = False

    standard: ScoreStandard | None = None
    """Mean and standard deviation of the scores of the entry's model, by which they are standardized; left out, they count
    as they are."""

    members: tuple[RewardMember, ...] = Field(default=(), max_length=15)
    """Further reward models, asked one after the other."""

    @model_validator(mode="after")
    def _check_members(self) -> Self:
        names = [member.model for member in self.members]
        if len(set(names)) < len(names):
            raise ValueError(
                f"members name {', '.join(names)}, one of them twice; leave one out, since it would count double"
            )
        is_given = [standard is not None for standard in self._standards]
        if any(is_given) and not all(is_given):
            raise ValueError(
                "standard is given for some of the models, so that scores of several scales would be mixed; give it for the "
                "entry and for each of members, or for none"
            )
        return self

    def conflict(self, model: str, temperature: float) -> str:
        """Refuse a member that is the entry's own model."""
        for i, member in enumerate(self.members):
            if member.model == model:
                return f"members[{i}].model is {model!r}, the entry's own model, which would count double; leave the member out"
        return ""

    @property
    def subject(self) -> Literal["response"]:
        """One response by itself."""
        return "response"

    @property
    def further_models(self) -> Mapping[str, str]:
        """The members."""
        return {f"members[{i}].model": member.model for i, member in enumerate(self.members)}

    def model_in(self, round_number: int) -> str | None:
        """Say which model a round asks: first that of the entry, then each member."""
        asked_then = (None, *(member.model for member in self.members))
        return asked_then[round_number - 1] if round_number <= len(asked_then) else None

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Ask for the score of the conversation, of one model a round."""
        talk = answered(view)
        if len(replies) > len(self.members) or talk is None:
            return ()
        return (
            Question(
                messages=talk.turns, tools=talk.tools, task="reward", max_tokens=1, temperature=0.0
            ),
        )

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        """Read the scores; without that of each model it is invalid."""
        if not replies:
            return (Reading(verdict="invalid", rationale="the response goes on from no beginning"),)
        scores = [reply.score for reply in replies]
        given = [score for score in scores if score is not None and math.isfinite(score)]
        if len(given) < len(scores):
            return (Reading(verdict="invalid", rationale=_unscored(replies)),)
        (response,) = view.responses
        ratings = tuple(
            Rating(response_id=response.response_id, attribute=attribute, score=score)
            for attribute, score in self._numbers(given)
        )
        return (Reading(ratings=ratings, rationale=_words(given)),)

    @property
    def _standards(self) -> list[ScoreStandard | None]:
        return [self.standard, *(member.standard for member in self.members)]

    def _numbers(self, scores: Sequence[float]) -> Iterator[tuple[str, float]]:
        measured = [
            score if by is None else (score - by.mean) / by.std
            for score, by in zip(scores, self._standards, strict=True)
        ]
        yield "reward", fmean(measured)
        if len(measured) > 1:
            yield "reward.spread", pstdev(measured)
            yield "reward.minimum", min(measured)
        if len(measured) > 1 or self.standard:
            yield from ((f"reward.score_{i}", score) for i, score in enumerate(scores, 1))


def _unscored(replies: Sequence[Reply]) -> str:
    """Say which models gave no score, and what they gave instead."""
    said = (
        f"model {i} of {len(replies)} gave no score"
        + (f" but {reply.text!r}" if reply.text else "")
        for i, reply in enumerate(replies, 1)
        if reply.score is None or not math.isfinite(reply.score)
    )
    return "; ".join(said)


def _words(scores: Sequence[float]) -> str:
    return f"scored {', '.join(f'{score:.4g}' for score in scores)}"
