"""The judge that finds out which next turn of the user a response makes likely."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator

from winnow.annotation.judge import JUDGES, SubjectView
from winnow.annotation.judges.answered import answered
from winnow.annotation.judges.likelihood import LikelihoodJudge, TextToScore
from winnow.annotation.judges.scored_text import ScoredText
from winnow.schemas.base import Value
from winnow.schemas.prompts import Message


class Aspect(Value):
    """What a user might say next who is content with a response in one respect, and one who is not."""

    positive: Annotated[tuple[str, ...], Field(min_length=1)]
    """What the content one says, each a text of its own."""

    negative: Annotated[tuple[str, ...], Field(min_length=1)]
    """What the other one says."""

    @model_validator(mode="after")
    def _check_words(self) -> Self:
        if any(text != text.strip() or not text for text in self.said):
            raise ValueError(
                "a follow-up is empty, or begins or ends with a blank, whose log-probability would count; write the words alone"
            )
        return self

    @property
    def said(self) -> tuple[str, ...]:
        """All texts, the positive ones first."""
        return (*self.positive, *self.negative)


ASPECTS: Mapping[str, Aspect] = {
    "understanding": Aspect(
        positive=("Yes, that is exactly what I meant.", "You got my question right, thanks."),
        negative=("No, that is not what I meant.", "You got my question wrong, sorry."),
    ),
    "relevance": Aspect(
        positive=("Good, that is all about my question.", "Great, you kept to the point."),
        negative=("Hm, that is not about my question.", "Well, you missed the point."),
    ),
    "correctness": Aspect(
        positive=("I checked it, and all of it is right.", "That is correct."),
        negative=("I checked it, and some of it is wrong.", "That is incorrect."),
    ),
    "engagement": Aspect(
        positive=("This is interesting, please tell me more!", "I enjoyed reading that."),
        negative=("This is boring, please stop there.", "I did not enjoy reading that."),
    ),
    "informativeness": Aspect(
        positive=("I learned a lot from this.", "That was all that I needed to know."),
        negative=("I learned nothing from this.", "That was less than I needed to know."),
    ),
    "instruction": Aspect(
        positive=("You did everything that I asked for.", "Perfect, just the way I wanted it."),
        negative=("You did not do what I asked for.", "Sorry, not the way I wanted it."),
    ),
}
"""What users might say next, by aspect; both sides are about as long."""


@JUDGES.register("follow_up", version=1)
class FollowUpJudge(LikelihoodJudge):
    """Rate a response by what the user is likely to say next: the mean log-probability a token of what a content user says,
    minus that of what a discontent one says.

    Each aspect is a rating, such as `follow_up.correctness`; the rating `follow_up` is their mean, and decides. Means a token
    are compared, so that longer follow-ups weigh no more.

    Source: "Aligning Language Models Using Follow-up Likelihood as Reward Signal" (FLR), whose six aspects these are.
    """

    aspects: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Aspect] = Field(
        default_factory=lambda: dict(ASPECTS), min_length=1, max_length=12
    )
    """What is looked at, by the name of its rating, and what a user would say; left out, six aspects with two texts on each
    side. Each text is a request of its own."""

    def texts(self, view: SubjectView) -> Sequence[TextToScore]:
        """List all follow-ups, each as a turn of the user behind the response."""
        talk = answered(view)
        if talk is None or not any((talk.text, talk.turns[-1].tool_calls, talk.turns[-1].parts)):
            return ()
        return [
            TextToScore((*talk.turns, Message(role="user", content=text)), text, talk.tools)
            for aspect in self.aspects.values()
            for text in aspect.said
        ]

    def numbers(self, scored: Sequence[ScoredText]) -> Iterator[tuple[str, float]]:
        """Compute the difference of each aspect, and their mean."""
        left = iter(scored)
        found = {
            name: _mean([next(left).mean for _ in aspect.positive])
            - _mean([next(left).mean for _ in aspect.negative])
            for name, aspect in self.aspects.items()
        }
        yield self.name, _mean(list(found.values()))
        yield from ((f"{self.name}.{name}", value) for name, value in found.items())

    def words(self, scored: Sequence[ScoredText]) -> str:
        """Say how many follow-ups were scored; their numbers are the ratings."""
        n_shared = sum(one.is_shared for one in scored)
        shared = f", of {n_shared} the first token holds what stands ahead" if n_shared else ""
        return f"{len(scored)} follow-ups scored{shared}"


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
