"""The judge that puts several responses in order at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from winnow.annotation.judge import JUDGES, Question, Reading, Reply, SubjectView
from winnow.annotation.judges.closed import ClosedJudge, shares
from winnow.annotation.judges.layout import DEFAULT_GUIDELINES, lay_out_group
from winnow.annotation.judges.numbers import higher
from winnow.annotation.judges.replies import (
    places_of,
    read_object,
    readable,
    schema_of,
    whole_number,
)
from winnow.annotation.ranks import best_first, verdict_of
from winnow.annotation.templates import load_prompt
from winnow.schemas.prompts import Message


@JUDGES.register("ranking", version=1)
class RankingJudge(ClosedJudge):
    """Ask once for the order of all responses of a group: the critique first, the ranks last.

    A group of n is one question in each order instead of n (n - 1) / 2, and what it says of each two is a judgment.
    """

    guidelines: str = DEFAULT_GUIDELINES
    """What a better response does, in the words that the model reads."""

    max_critique_chars: Annotated[int, Field(ge=1, le=4000)] = 1200
    """Longest critique, in characters."""

    @property
    def subject(self) -> Literal["group"]:
        """As many responses as stand side by side."""
        return "group"

    @property
    def asks_once(self) -> bool:
        """It does."""
        return True

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Write the one question about all responses as they are shown."""
        if replies:
            return ()
        n = len(view.shown)
        system = load_prompt("ranking").substitute(
            guidelines=self.guidelines, max_chars=self.max_critique_chars, n=n
        )
        ranks = {name: {"enum": list(range(1, n + 1))} for name in _names(n)}
        critique = {"type": "string", "maxLength": self.max_critique_chars}
        question = Question(
            messages=(
                Message(role="system", content=system),
                Message(role="user", content=lay_out_group(view)),
            ),
            json_schema=schema_of({"critique": critique, **ranks}),
            max_tokens=2 * self.max_critique_chars + 32 * (n + 1),
            logprobs=self.logprobs,
        )
        return (question,)

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        """Read the rank of each response, 1 the best, and what that says of each two; ranks may be shared.

        Where the reply is not exactly the object asked for, nothing is said of any two.
        """
        (reply,) = replies
        said = read_object(reply.text, ("critique", *_names(len(view.shown))))
        ranks = _ranks(view, said) if said and isinstance(said["critique"], str) else None
        if said is None or ranks is None:
            return (Reading(verdict="invalid", rationale=reply.text),)
        likely = _likely(view, reply) if self.probability else {}
        return tuple(_readings(view, ranks, likely, readable(said["critique"])))


def _readings(
    view: SubjectView,
    ranks: Mapping[str, int],
    likely: Mapping[str, Sequence[float]],
    rationale: str,
) -> Iterator[Reading]:
    ranking = best_first(ranks)
    for a, b in view.pairs():
        yield Reading(
            verdict=verdict_of(ranks[a.response_id], ranks[b.response_id]),
            rationale=rationale,
            probability=_probability(likely.get(a.response_id), likely.get(b.response_id)),
            ranking=ranking,
            of=(a.response_id, b.response_id),
        )


def _ranks(view: SubjectView, said: Mapping[str, Any]) -> dict[str, int] | None:
    """Read the rank by response_id; None where a response has none that was allowed."""
    n = len(view.shown)
    ranks = (whole_number(said[name], n) for name in _names(n))
    places = zip(view.shown, ranks, strict=True)
    found = {response.response_id: rank for response, rank in places if rank is not None}
    return found if len(found) == n else None


def _likely(view: SubjectView, reply: Reply) -> dict[str, tuple[float, ...]]:
    """Read the shares of the ranks 1 to n by response_id; what is not known is left out."""
    n = len(view.shown)
    places, answers = places_of(reply.text), [str(rank) for rank in range(1, n + 1)]
    found = (shares(reply, places[name,], answers) for name in _names(n))
    both = zip(view.shown, found, strict=True)
    return {response.response_id: likely for response, likely in both if likely}


def _probability(a: Sequence[float] | None, b: Sequence[float] | None) -> float | None:
    """Compute P(b has the better rank) and half of P(they share one), the two taken as independent."""
    return None if a is None or b is None else higher(b, a)


def _names(n: int) -> tuple[str, ...]:
    return tuple(f"response_{place}" for place in range(1, n + 1))
