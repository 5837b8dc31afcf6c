"""The judge that sees of two responses only what two advocates quote from them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from winnow.annotation.criteria.evidence import find_quote, quotable_turns
from winnow.annotation.fence import Fence
from winnow.annotation.judge import (
    JUDGES,
    Judge,
    Question,
    Reading,
    Reply,
    SubjectView,
    TurnNote,
    name_of,
)
from winnow.annotation.judges.layout import DEFAULT_GUIDELINES, lay_out, lay_out_prompt
from winnow.annotation.judges.replies import read_object, readable, schema_of
from winnow.annotation.templates import load_prompt
from winnow.schemas.plurals import counted
from winnow.schemas.prompts import Message

_SIDES = ("first", "second")
_VERDICTS = ("first", "second", "tie")


class _Evidence(NamedTuple):
    """What one turn of an advocate brought."""

    side: str
    """Whose advocate spoke, "first" or "second"."""

    of: str = ""
    """The response that was quoted."""

    quote: str = ""
    """Its words as the response has them; empty where the turn brought nothing."""

    fault: str = ""
    """Why it counts for nothing; empty where it counts."""


@JUDGES.register("debate", version=1)
class DebateJudge(Judge):
    """Have two advocates, one for each response, quote from both in turns, and have a judge decide who sees nothing but the quotes.

    The advocate of the response shown first speaks first, so that both orders of a comparison give both the last word once.
    A quote that the response does not hold, or that was brought before, counts for nothing. The judge sees as many quotes of one side
    as of the other, the earliest ones; where a side has none, the judgment is invalid.

    Source: "Reward Design for Justifiable Sequential Decision-Making", arXiv:2402.15826.
    """

    advocate: str | None = None
    """Name of the advocates' model in the settings; left out, that of the judge."""

    evidence: Annotated[int, Field(ge=2, le=12)] = 4
    """Quotes in all, an even number: each side has half of the turns."""

    guidelines: str = DEFAULT_GUIDELINES
    """What a better response does, in the words that advocates and judge read."""

    max_quote_chars: Annotated[int, Field(ge=20, le=1000)] = 240
    """Longest quote, in characters."""

    max_reason_chars: Annotated[int, Field(ge=0, le=1000)] = 240
    """Longest thought of an advocate ahead of a quote, in characters; it is kept, and nobody reads it."""

    max_critique_chars: Annotated[int, Field(ge=1, le=4000)] = 800
    """Longest critique of the judge, in characters."""

    @model_validator(mode="after")
    def _check_evidence(self) -> Self:
        if self.evidence % 2:
            raise ValueError(
                f"evidence is {self.evidence}, but each side has as many turns as the other; make it even"
            )
        return self

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Ask the advocate whose turn it is, then the judge; nobody where a side brought nothing."""
        brought = self._brought(view, replies)
        if len(replies) < self.evidence:
            return [self._ask_advocate(view, brought)]
        seen = _seen(brought)
        if len(replies) > self.evidence or not seen:
            return ()
        return [self._ask_judge(view, [brought[i] for i in seen])]

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        """Read the judge's verdict; invalid where it is not exactly the object asked for, or there was nothing to judge by."""
        brought = self._brought(view, replies)
        seen = _seen(brought)
        told = _told(brought, len(seen))
        if not seen:
            return (Reading(verdict="invalid", rationale=f"{told}\n{replies[-1].text}"),)
        said = read_object(replies[-1].text, ("critique", "verdict"))
        if (
            said is None
            or said["verdict"] not in _VERDICTS
            or not isinstance(said["critique"], str)
        ):
            return (Reading(verdict="invalid", rationale=replies[-1].text),)
        verdict = name_of(said["verdict"], view.order)
        return (Reading(verdict=verdict, rationale=f"{told}\n{readable(said['critique'])}"),)

    def transcript(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[TurnNote]:
        """Say who spoke when, which quotes each saw, and which count for nothing."""
        brought = self._brought(view, replies)
        seen = _seen(brought)
        notes = [
            TurnNote(
                role=f"advocate of {one.side}",
                round=i + 1,
                saw=tuple(n for n, earlier in enumerate(brought[:i], 1) if earlier.quote),
                note=one.fault or ("" if i in seen else "more than the other side brought"),
            )
            for i, one in enumerate(brought)
        ]
        if len(replies) > len(brought):
            saw = tuple(i + 1 for i in seen)
            says = tuple(self.read(view, replies))
            notes.append(TurnNote(role="judge", round=len(brought) + 1, saw=saw, says=says))
        return notes

    @property
    def most_asked(self) -> Mapping[str | None, int]:
        """One a quote, and one of the judge."""
        return Counter({self.advocate: self.evidence}) + Counter({None: 1})

    @property
    def further_models(self) -> Mapping[str, str]:
        """The advocates' model, where it is named."""
        return {} if self.advocate is None else {"advocate": self.advocate}

    def model_in(self, round_number: int) -> str | None:
        """Say which model a round asks: the advocates', and in the last round the judge's."""
        return self.advocate if round_number <= self.evidence else None

    def _ask_advocate(self, view: SubjectView, brought: Sequence[_Evidence]) -> Question:
        side = _SIDES[len(brought) % 2]
        told = load_prompt("debate_advocate").substitute(
            side=side,
            n_each=self.evidence // 2,
            guidelines=self.guidelines,
            max_quote=self.max_quote_chars,
            max_reason=self.max_reason_chars,
        )
        so_far = _lay_out([one for one in brought if one.quote])
        return Question(
            messages=(
                Message(role="system", content=told),
                Message(role="user", content="\n\n".join([lay_out(view), *so_far])),
            ),
            json_schema=schema_of(
                {
                    "reason": {"type": "string", "maxLength": self.max_reason_chars},
                    "of": {"enum": list(_SIDES)},
                    "quote": {"type": "string", "maxLength": self.max_quote_chars},
                }
            ),
            max_tokens=2 * (self.max_reason_chars + self.max_quote_chars) + 64,
        )

    def _ask_judge(self, view: SubjectView, seen: Sequence[_Evidence]) -> Question:
        told = load_prompt("debate_judge").substitute(
            guidelines=self.guidelines, max_chars=self.max_critique_chars
        )
        page = "\n\n".join([lay_out_prompt(view.prompt), *_lay_out(seen)])
        critique = {"type": "string", "maxLength": self.max_critique_chars}
        return Question(
            messages=(Message(role="system", content=told), Message(role="user", content=page)),
            json_schema=schema_of({"critique": critique, "verdict": {"enum": list(_VERDICTS)}}),
            max_tokens=2 * self.max_critique_chars + 64,
        )

    def _brought(self, view: SubjectView, replies: Sequence[Reply]) -> list[_Evidence]:
        """Read what the turns so far brought."""
        brought: list[_Evidence] = []
        for i, reply in enumerate(replies[: self.evidence]):
            brought.append(self._evidence(view, _SIDES[i % 2], reply, brought))
        return brought

    def _evidence(
        self, view: SubjectView, side: str, reply: Reply, before: Sequence[_Evidence]
    ) -> _Evidence:
        said = read_object(reply.text, ("reason", "of", "quote"))
        if said is None or said["of"] not in _SIDES or not isinstance(said["quote"], str):
            return _Evidence(side, fault="unreadable")
        of, quote = said["of"], said["quote"]
        if len(quote) > self.max_quote_chars:
            return _Evidence(side, fault="too long")
        found = find_quote(quote, quotable_turns(view.shown[_SIDES.index(of)]))
        if found is None:
            return _Evidence(side, fault="not in the response")
        if any(one.of == of and _overlap(one.quote, found.text) for one in before):
            return _Evidence(side, fault="repeated")
        return _Evidence(side, of, found.text)


def _overlap(one: str, other: str) -> bool:
    """Whether one of two quotes holds the other."""
    short, long = sorted((" ".join(text.split()).casefold() for text in (one, other)), key=len)
    return short in long


def _seen(brought: Sequence[_Evidence]) -> list[int]:
    """List which turns the judge sees, from 0: of each side the first, as many as of the other."""
    of = {
        side: [i for i, one in enumerate(brought) if one.quote and one.side == side]
        for side in _SIDES
    }
    n = min(map(len, of.values()))
    return sorted(i for places in of.values() for i in places[:n])


def _lay_out(seen: Sequence[_Evidence]) -> list[str]:
    """Write quotes in the order in which they were brought."""
    fence = Fence.against([one.quote for one in seen])
    return [
        f"Quote {n}, brought by the advocate of the {one.side} response, from the {one.of} response:\n"
        + fence.wrap(f"quote_{n}", one.quote)
        for n, one in enumerate(seen, 1)
    ]


def _told(brought: Sequence[_Evidence], n_seen: int) -> str:
    """Say how many quotes the judge saw, and why others count for nothing."""
    told = (
        f"the judge saw {counted(n_seen // 2, 'quote')} of each side"
        if n_seen
        else "a side brought no quote that counts"
    )
    faults = [f"{one.side} {one.fault}" for one in brought if one.fault]
    return f"{told}; turns that count for nothing: {', '.join(faults)}" if faults else told
