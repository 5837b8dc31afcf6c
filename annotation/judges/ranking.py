"""The judge that puts several responses in order at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from annotation.judge import JUDGES, Judge, Question, Reading, Reply, SubjectView
from annotation.judges.layout import DEFAULT_GUIDELINES, lay_out_group
from annotation.judges.replies import read_object, readable, schema_of, whole_number
from annotation.ranks import best_first, verdict_of
from annotation.templates import load_prompt
from schemas.prompts import Message


@JUDGES.register("ranking", version=1)
class RankingJudge(Judge):
    """Ask once for the order of all responses of a group: the critique first, the ranks last.

    A group of n is one question in each order instead of n (n - 1) / 2, and what it says of each two is a judgment.
    """

    subject: ClassVar[Literal["pair", "group"]] = "group"

    guidelines: str = DEFAULT_GUIDELINES
    """What a better response does, in the words that the model reads."""

    max_critique_chars: Annotated[int, Field(ge=1, le=4000)] = 1200
    """Longest critique, in characters."""

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
        return tuple(_readings(view, ranks, readable(said["critique"])))


def _readings(view: SubjectView, ranks: Mapping[str, int], rationale: str) -> Iterator[Reading]:
    ranking = best_first(ranks)
    for a, b in view.pairs():
        yield Reading(
            verdict=verdict_of(ranks[a.response_id], ranks[b.response_id]),
            rationale=rationale,
            ranking=ranking,
            of=(a.response_id, b.response_id),
        )


def _ranks(view: SubjectView, said: Mapping[str, Any]) -> dict[str, int] | None:
    """Give rank by response_id; None where a response has none that was allowed."""
    n = len(view.shown)
    ranks = (whole_number(said[name], n) for name in _names(n))
    places = zip(view.shown, ranks, strict=True)
    found = {response.response_id: rank for response, rank in places if rank is not None}
    return found if len(found) == n else None


def _names(n: int) -> tuple[str, ...]:
    return tuple(f"response_{place}" for place in range(1, n + 1))
