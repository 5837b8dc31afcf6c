"""The judge of one response that hears what speaks for it and what against it, decides, and looks at its verdict once more."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from winnow.annotation.fence import Fence, defuse
from winnow.annotation.judge import JUDGES, Judge, Question, Reading, Reply, SubjectView, TurnNote
from winnow.annotation.judges.layout import DEFAULT_GUIDELINES, lay_out_response
from winnow.annotation.judges.replies import read_object, readable, schema_of
from winnow.annotation.templates import load_prompt
from winnow.schemas.judgments import Rating
from winnow.schemas.prompts import Message

PASSES = "passes"
"""Attribute of the rating: 1 for a response that passes, 0 for one that does not."""

_LISTED = ("strengths", "flaws")
_VERDICTS = {"pass": 1.0, "fail": 0.0}
_MOST_POINTS = 6
_ADVOCATES, _DECIDED, _REFLECTED = 2, 3, 4
"""Replies there are once advocates have spoken, the judge has, and the reflection has."""


class _Finding(NamedTuple):
    """What came of it."""

    first: float | None
    """What the judge said first; None where that cannot be read."""

    last: float | None
    """What it came to."""

    why: str
    """In the judge's words."""

    note: str = ""
    """What the reflection did; empty where it let the verdict stand, or there is none."""


@JUDGES.register("advocates", version=1)
class AdvocatesJudge(Judge):
    """Have one advocate list the strengths of a response and another one its flaws, neither knowing of the other; then have a judge say
    whether it passes, and look at the verdict once more.

    The second look overturns a verdict only where it names a reason; one without, or one that cannot be read, leaves the verdict as it
    was. Where the list of an advocate cannot be read, the judgment is invalid. It is a judgment of the response: comparisons follow from the ratings of both, those with equal ones are ties.

    Source: "Igniting Creative Writing in Small Language Models: LLM-as-a-Judge versus Multi-Agent Refined Rewards",
    arXiv:2508.21476.
    """

    advocate: str | None = None
    """Name of the advocates' model in the settings; left out, that of the judge."""

    reflection: bool = True
    """false leaves out the second look."""

    guidelines: str = DEFAULT_GUIDELINES
    """What a good response does, in the words that all read."""

    max_point_chars: Annotated[int, Field(ge=20, le=1000)] = 240
    """Longest point of an advocate, in characters."""

    max_critique_chars: Annotated[int, Field(ge=1, le=4000)] = 800
    """Longest critique of the judge, and longest reason to overturn it, in characters."""

    @property
    def subject(self) -> Literal["response"]:
        """One response by itself."""
        return "response"

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Ask both advocates at once, then the judge, then for the second look where there is a verdict; nobody where a list cannot
        be read.
        """
        if not replies:
            return [self._ask_advocate(view, what) for what in _LISTED]
        if _lost(replies):
            return ()
        if len(replies) == _ADVOCATES:
            return [self._ask_judge(view, replies)]
        if len(replies) == _DECIDED and self.reflection and self._verdict(replies) is not None:
            return [self._ask_again(view, replies)]
        return ()

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        """Read whether the response passes; invalid where a list, or the judge's reply, is not exactly the object asked for."""
        if lost := _lost(replies):
            told = f"the list of {' and of '.join(lost)} could not be read"
            texts = "\n".join(lost.values())
            return (Reading(verdict="invalid", rationale=f"{told}\n{texts}"),)
        found = self._find(replies)
        if found.last is None:
            return (Reading(verdict="invalid", rationale=replies[-1].text),)
        return (
            Reading(
                rationale=f"{found.note}\n{found.why}" if found.note else found.why,
                ratings=(_passes(view, found.last),),
            ),
        )

    def transcript(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[TurnNote]:
        """Say who spoke, what the judge said first, and what the second look did."""
        found = self._find(replies)
        notes = [
            TurnNote(
                role=f"advocate of {what}", note="unreadable" if _points(reply) is None else ""
            )
            for what, reply in zip(_LISTED, replies, strict=False)
        ]
        if len(replies) >= _DECIDED:
            says = _says(view, found.first, replies[_ADVOCATES])
            notes.append(TurnNote(role="judge", round=2, saw=(1, 2), says=says))
        if len(replies) >= _REFLECTED:
            says = _says(view, found.last, replies[_DECIDED])
            told = TurnNote(role="reflection", round=3, saw=(1, 2, 3), says=says, note=found.note)
            notes.append(told)
        return notes

    @property
    def most_asked(self) -> Mapping[str | None, int]:
        """Two of the advocates, one of the judge, and one for the second look."""
        return Counter({self.advocate: _ADVOCATES}) + Counter({None: 1 + self.reflection})

    @property
    def further_models(self) -> Mapping[str, str]:
        """The advocates' model, where it is named."""
        return {} if self.advocate is None else {"advocate": self.advocate}

    def model_in(self, round_number: int) -> str | None:
        """Say which model a round asks: the advocates' first, then the judge's."""
        return self.advocate if round_number == 1 else None

    def _ask_advocate(self, view: SubjectView, what: str) -> Question:
        told = load_prompt("advocates_points").substitute(
            what=what,
            guidelines=self.guidelines,
            most=_MOST_POINTS,
            max_chars=self.max_point_chars,
        )
        point = {"type": "string", "maxLength": self.max_point_chars}
        return Question(
            messages=(
                Message(role="system", content=told),
                Message(role="user", content=lay_out_response(view)),
            ),
            json_schema=schema_of(
                {"points": {"type": "array", "items": point, "maxItems": _MOST_POINTS}}
            ),
            max_tokens=2 * _MOST_POINTS * self.max_point_chars + 64,
        )

    def _judge_page(self, view: SubjectView, replies: Sequence[Reply]) -> tuple[Message, ...]:
        told = load_prompt("advocates_judge").substitute(
            guidelines=self.guidelines, max_chars=self.max_critique_chars
        )
        lists = [_listed(_points(reply)) for reply in replies[:_ADVOCATES]]
        fence = Fence.against(lists)
        wrapped = (fence.wrap(what, text) for what, text in zip(_LISTED, lists, strict=True))
        page = "\n\n".join([lay_out_response(view), *wrapped])
        return Message(role="system", content=told), Message(role="user", content=page)

    def _ask_judge(self, view: SubjectView, replies: Sequence[Reply]) -> Question:
        critique = {"type": "string", "maxLength": self.max_critique_chars}
        return Question(
            messages=self._judge_page(view, replies),
            json_schema=schema_of({"critique": critique, "verdict": {"enum": list(_VERDICTS)}}),
            max_tokens=2 * self.max_critique_chars + 64,
        )

    def _ask_again(self, view: SubjectView, replies: Sequence[Reply]) -> Question:
        told = load_prompt("advocates_reflection").substitute(max_chars=self.max_critique_chars)
        reason = {"type": "string", "maxLength": self.max_critique_chars}
        return Question(
            messages=(
                *self._judge_page(view, replies),
                Message(role="assistant", content=defuse(replies[_ADVOCATES].text)),
                Message(role="user", content=told),
            ),
            json_schema=schema_of({"reason": reason, "overturn": {"enum": ["yes", "no"]}}),
            max_tokens=2 * self.max_critique_chars + 64,
        )

    def _verdict(self, replies: Sequence[Reply]) -> float | None:
        said = read_object(replies[_ADVOCATES].text, ("critique", "verdict"))
        if said is None or not isinstance(said["critique"], str):
            return None
        return _VERDICTS.get(said["verdict"]) if isinstance(said["verdict"], str) else None

    def _find(self, replies: Sequence[Reply]) -> _Finding:
        first = self._verdict(replies) if len(replies) > _ADVOCATES else None
        if first is None:
            return _Finding(None, None, "")
        said = read_object(replies[_ADVOCATES].text, ("critique", "verdict")) or {}
        why = readable(said["critique"])
        if len(replies) < _REFLECTED:
            return _Finding(first, first, why)
        looked = read_object(replies[_DECIDED].text, ("reason", "overturn"))
        if (
            looked is None
            or looked["overturn"] not in ("yes", "no")
            or not isinstance(looked["reason"], str)
        ):
            return _Finding(first, first, why, "the second look cannot be read; the verdict stands")
        if looked["overturn"] == "no":
            return _Finding(first, first, why)
        reason = readable(looked["reason"]).strip()
        if not reason:
            return _Finding(first, first, why, "overturned without a reason; the verdict stands")
        return _Finding(first, 1 - first, f"{reason}\n{why}", "overturned")


def _points(reply: Reply) -> list[str] | None:
    """Read an advocate's list, which may be empty; None where it cannot be read."""
    said = read_object(reply.text, ("points",))
    points = said["points"] if said else None
    if not isinstance(points, list) or not all(isinstance(one, str) for one in points):
        return None
    return [readable(one) for one in points]


def _lost(replies: Sequence[Reply]) -> dict[str, str]:
    """Give the replies of advocates whose list cannot be read, by what they were to list."""
    heard = zip(_LISTED, replies, strict=False)
    return {what: reply.text for what, reply in heard if _points(reply) is None}


def _listed(points: Sequence[str] | None) -> str:
    return "\n".join(f"- {defuse(point)}" for point in points or ()) or "(none)"


def _passes(view: SubjectView, score: float) -> Rating:
    return Rating(response_id=view.responses[0].response_id, attribute=PASSES, score=score)


def _says(view: SubjectView, score: float | None, reply: Reply) -> tuple[Reading, ...]:
    if score is None:
        return (Reading(verdict="invalid", rationale=reply.text),)
    return (Reading(rationale="", ratings=(_passes(view, score),)),)
