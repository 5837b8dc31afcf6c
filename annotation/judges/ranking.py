"""The judge that puts several responses in order at once."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple

from pydantic import Field

from annotation.judge import JUDGES, ComparisonView, Question, Reading
from annotation.judges.layout import DEFAULT_GUIDELINES, lay_out_group
from annotation.judges.replies import read_object, readable, schema_of, whole_number
from annotation.templates import load_prompt
from schemas.base import Value
from schemas.judgments import Order
from schemas.prompts import Message, Prompt
from schemas.responses import Response


class Ranks(NamedTuple):
    """What a reply says of a group."""

    rank: dict[str, int]
    """Rank by response_id, 1 the best; ranks may be shared."""

    rationale: str
    """Why, as the model gave it."""


@JUDGES.register("ranking", version=1)
class RankingJudge(Value):
    """Ask once for the order of all responses of a group: the critique first, the ranks last.

    A group of n is one question in each order instead of n (n - 1) / 2, and what it says of each two is a judgment.
    """

    guidelines: str = DEFAULT_GUIDELINES
    """What a better response does, in the words that the model reads."""

    max_critique_chars: Annotated[int, Field(ge=1, le=4000)] = 1200
    """Longest critique, in characters."""

    def ask_group(self, prompt: Prompt, shown: Sequence[Response]) -> Question:
        """Write the question about responses in the order in which they are shown."""
        n = len(shown)
        system = load_prompt("ranking").substitute(
            guidelines=self.guidelines, max_chars=self.max_critique_chars, n=n
        )
        ranks = {name: {"enum": list(range(1, n + 1))} for name in _names(n)}
        critique = {"type": "string", "maxLength": self.max_critique_chars}
        return Question(
            messages=(
                Message(role="system", content=system),
                Message(role="user", content=lay_out_group(prompt, shown)),
            ),
            json_schema=schema_of({"critique": critique, **ranks}),
            max_tokens=2 * self.max_critique_chars + 32 * (n + 1),
        )

    def read_group(self, reply: str, shown: Sequence[Response]) -> Ranks | None:
        """Read the rank of each response; None where the reply is not exactly the object asked for."""
        names = _names(len(shown))
        said = read_object(reply, ("critique", *names))
        if said is None or not isinstance(said["critique"], str):
            return None
        ranks = [whole_number(said[name], len(shown)) for name in names]
        places = zip(shown, ranks, strict=True)
        rank = {response.response_id: r for response, r in places if r is not None}
        if len(rank) < len(shown):
            return None
        return Ranks(rank, readable(said["critique"]))

    def ask(self, view: ComparisonView, order: Order) -> Question:
        """Write the question about two responses."""
        return self.ask_group(view.prompt, view.shown(order))

    def read(self, reply: str, view: ComparisonView, order: Order) -> Reading:
        """Read the ranks of two responses as a verdict."""
        found = self.read_group(reply, view.shown(order))
        if found is None:
            return Reading(verdict="invalid", rationale=reply)
        a, b = (found.rank[response.response_id] for response in (view.a, view.b))
        return Reading(
            verdict="tie" if a == b else "a" if a < b else "b", rationale=found.rationale
        )


def _names(n: int) -> tuple[str, ...]:
    return tuple(f"response_{place}" for place in range(1, n + 1))
