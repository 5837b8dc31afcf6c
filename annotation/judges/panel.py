"""The judge of several members, who may read each other's reasons and judge again."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from statistics import fmean
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from winnow.annotation.fence import Fence, defuse
from winnow.annotation.judge import (
    JUDGES,
    Judge,
    Question,
    Reading,
    Reply,
    Shows,
    SubjectView,
    TurnNote,
)
from winnow.annotation.judges.combined import Said, about, combine, parts_of
from winnow.annotation.judges.rating import RatingJudge
from winnow.annotation.templates import load_prompt
from winnow.schemas.judgments import Verdict
from winnow.schemas.plug_ins import PlugInSettings
from winnow.schemas.plurals import counted
from winnow.schemas.prompts import Message
from winnow.schemas.registry import Registry

_SAME = 1e-9
"""Mean ratings that differ by less are equal."""
_STRONGEST = 3


class PanelMember(PlugInSettings[Judge]):
    """A judge that is a member of a panel; its own settings, such as `guidelines`, stand beside these."""

    named_by: ClassVar[str] = "judge"
    registry: ClassVar[Registry[Judge]] = JUDGES

    judge: str = "pairwise"
    """Name of a judge that asks one question: "pairwise", "rating" or "ranking"."""

    model: str | None = None
    """Name of the model in the settings; left out, that of the panel."""

    role: str = ""
    """Its part on the panel, in words that its model reads after all else of what it is to do."""

    temperature: Annotated[float, Field(ge=0)] | None = None
    """Temperature of its replies; left out, that of the panel."""


class _Opinion(NamedTuple):
    """One reply on a panel."""

    member: int
    """Who gave it, from 0."""

    phase: int
    """How many exchanges there were before."""

    round: int
    """Round of questions, from 1."""

    reply: Reply


class _Session(NamedTuple):
    """How far a panel is."""

    opinions: list[_Opinion]
    """All there are, in order."""

    speakers: list[int]
    """Whose turn it is next, from 0; nobody's once it is over."""

    phase: int
    """How many exchanges there were, the present one included."""


@JUDGES.register("panel", version=1)
class PanelJudge(Judge):
    """Have several members judge for themselves, let them read each other's reasons, and say what most say.

    Members are asked one by one or, where they share a model, together; none knows of the others before all have spoken. In an
    exchange each sees its own last reply and the others', and keeps its verdict or changes it. Every reply is kept with
    what was read of it alone, so that it shows what exchanges changed, and whether for the better.

    Source: exchange of reasons, Du et al. 2023, "Improving Factuality and Reasoning in Language Models through Multiagent
    Debate", arXiv:2305.14325; panels of models, Verga et al. 2024, "Replacing Judges with Juries", arXiv:2404.18796.
    """

    members: Annotated[tuple[PanelMember, ...], Field(min_length=2, max_length=15)]
    """Who judges, two to fifteen. Members that are alike in everything are drawn anew each, which needs a temperature above 0."""

    exchanges: Annotated[int, Field(ge=0, le=5)] = 0
    """How often members read the others' last replies and judge again, at most."""

    stop_when_agreed: bool = True
    """true ends as soon as all members say the same, so that easy comparisons cost no exchange; false goes through all."""

    verdict_by: Literal["majority", "mean"] = "majority"
    """"majority" takes the verdict of most members; "mean", where all of them are `rating`, the higher mean of their ratings; it states no
    probability."""

    @model_validator(mode="after")
    def _check_members(self) -> Self:
        judges = self._judges
        for i, (member, judge) in enumerate(zip(self.members, judges, strict=True)):
            if not judge.asks_once:
                raise ValueError(
                    f"members[{i}] is {member.judge!r}, which does not ask one question a subject; choose pairwise, rating or ranking"
                )
            if self.verdict_by == "mean" and not isinstance(judge, RatingJudge):
                raise ValueError(
                    f"verdict_by is 'mean', but members[{i}] is {member.judge!r}, which gives no ratings; make it rating, or take "
                    "the majority"
                )
            if self.verdict_by == "mean" and "min_difference" in judge.model_fields_set:
                raise ValueError(
                    f"verdict_by is 'mean', which goes by any difference of the means, but members[{i}] has a min_difference; "
                    "leave it out, or take the majority"
                )
        subjects = sorted({judge.subject for judge in judges})
        if len(subjects) > 1:
            raise ValueError(
                f"members are asked about {' and '.join(subjects)}, which cannot be counted together; make all ask about one"
            )
        if len({judge.shows for judge in judges if judge.shows}) > 1:
            raise ValueError(
                "members want other exemplars each; give all that want any the same exemplars and max_exemplar_chars"
            )
        if self.exchanges == 0 and "stop_when_agreed" in self.model_fields_set:
            raise ValueError(
                "stop_when_agreed is about exchanges, and there are none; give exchanges as well, or leave it out"
            )
        return self

    def conflict(self, model: str, temperature: float) -> str:
        """Refuse the entry's own model for a member's, and members alike whose replies would be alike."""
        for i, member in enumerate(self.members):
            if member.model == model:
                return f"members[{i}].model is {model!r}, the panel's own model; leave model out"
            asked_at = temperature if member.temperature is None else member.temperature
            like = (j for j in range(i) if self._is_like(j, i, temperature))
            first = next(like, i)
            if self.members[first] != self.members[i]:
                return (
                    f"members[{first}] and members[{i}] are alike but for how they are written, so that one reply would count "
                    "twice; write both the same way"
                )
            if first < i and not asked_at:
                return (
                    f"members[{first}] and members[{i}] are alike, and at temperature 0 their replies would be as well; give "
                    "them other roles, guidelines or models, or a temperature, such as 0.7"
                )
        return ""

    def _is_like(self, one: int, other: int, temperature: float) -> bool:
        """Whether two members are asked the same, at the same temperature."""
        a, b = (
            (m.model, m.role, temperature if m.temperature is None else m.temperature, judge)
            for m, judge in ((self.members[i], self._judges[i]) for i in (one, other))
        )
        return a == b

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Ask those members that a round belongs to; nobody once all agree or all exchanges are over."""
        session = self._follow(view, replies)
        return [self._question(view, i, session) for i in session.speakers]

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        """Say what most members said last; a last reply that cannot be read takes no part."""
        session = self._follow(view, replies)
        last = self._in_phase(session, session.phase)
        said = [self._heard(view, one) for one in last]
        found = combine(view, said, "member")
        if self.verdict_by == "mean":
            found = [_by_mean(view, one, said) for one in found]
        after = f"after {counted(session.phase, 'exchange')}, " if session.phase else ""
        return [
            one.model_copy(update={"rationale": f"{after}{one.rationale}"})
            if one.verdict != "invalid"
            else one
            for one in found
        ]

    def transcript(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[TurnNote]:
        """Say which member spoke when, what it had read of the others, and whether it changed its verdict."""
        return list(self._notes(view, self._follow(view, replies)))

    def _notes(self, view: SubjectView, session: _Session) -> Iterator[TurnNote]:
        before: dict[int, tuple[Reading, ...]] = {}
        for one in session.opinions:
            says = tuple(self._heard(view, one))
            is_changed = one.member in before and _key(view, before[one.member]) != _key(view, says)
            before[one.member] = says
            yield TurnNote(
                role=f"member {one.member + 1}",
                round=one.round,
                saw=tuple(n for n, o in enumerate(session.opinions, 1) if o.phase == one.phase - 1),
                says=says,
                note="changed" if is_changed else "",
            )

    def _follow(self, view: SubjectView, replies: Sequence[Reply]) -> _Session:
        """Give replies to the members that were asked."""
        opinions: list[_Opinion] = []
        number, phase = 0, 0
        while True:
            phase, group = divmod(number, len(self._models))
            if group == 0 and phase and self._is_over(view, opinions, phase):
                return _Session(opinions, [], phase - 1)
            speakers = [i for i, m in enumerate(self.members) if m.model == self._models[group]]
            if len(opinions) == len(replies):
                return _Session(opinions, speakers, phase)
            number += 1
            said = replies[len(opinions) : len(opinions) + len(speakers)]
            opinions += [
                _Opinion(i, phase, number, reply) for i, reply in zip(speakers, said, strict=True)
            ]

    def _is_over(self, view: SubjectView, opinions: Sequence[_Opinion], phase: int) -> bool:
        if phase > self.exchanges:
            return True
        keys = {_key(view, self._heard(view, one)) for one in opinions if one.phase == phase - 1}
        return self.stop_when_agreed and len(keys) == 1 and None not in keys

    def _in_phase(self, session: _Session, phase: int) -> list[_Opinion]:
        """List the opinions of a phase, in the order of the members."""
        return sorted((o for o in session.opinions if o.phase == phase), key=lambda o: o.member)

    def _heard(self, view: SubjectView, opinion: _Opinion) -> Sequence[Reading]:
        judge = self._judges[opinion.member]
        return judge.read(_as_shown(view, judge), [opinion.reply])

    def _question(self, view: SubjectView, member: int, session: _Session) -> Question:
        settings, judge = self.members[member], self._judges[member]
        (question,) = judge.ask(_as_shown(view, judge))
        messages = _with_role(question.messages, settings.role)
        if session.phase:
            messages = (*messages, *self._exchange(member, session))
        changes: dict[str, Any] = {"messages": messages, "sample": self._n_alike_before(member)}
        if settings.temperature is not None:
            changes["temperature"] = settings.temperature
        return question.model_copy(update=changes)

    def _exchange(self, member: int, session: _Session) -> tuple[Message, Message]:
        """Write a member's own last reply, and the others'."""
        before = self._in_phase(session, session.phase - 1)
        texts = {one.member: defuse(one.reply.text) for one in before}
        fence = Fence.against(texts.values())
        others = (fence.wrap(f"member_{i + 1}", t) for i, t in texts.items() if i != member)
        told = load_prompt("panel_exchange").substitute().rstrip()
        return (
            Message(role="assistant", content=texts[member]),
            Message(role="user", content="\n\n".join([told, *others])),
        )

    def _n_alike_before(self, member: int) -> int:
        return sum(one == self.members[member] for one in self.members[:member])

    @cached_property
    def _judges(self) -> tuple[Judge, ...]:
        return tuple(member.build() for member in self.members)

    @cached_property
    def _models(self) -> tuple[str | None, ...]:
        """Models in the order of the rounds in which they are asked."""
        return tuple(dict.fromkeys(member.model for member in self.members))

    @property
    def further_models(self) -> Mapping[str, str]:
        """The models that members name."""
        named = enumerate(self.members)
        return {f"members[{i}].model": m.model for i, m in named if m.model is not None}

    def model_in(self, round_number: int) -> str | None:
        """Say which model a round asks: one after the other, again in each exchange."""
        return self._models[(round_number - 1) % len(self._models)]

    @property
    def most_asked(self) -> Mapping[str | None, int]:
        """One a member in each exchange, and before."""
        named = Counter(member.model for member in self.members)
        return {model: n * (self.exchanges + 1) for model, n in named.items()}

    @property
    def subject(self) -> Literal["pair", "group", "response"]:
        """As that of its members."""
        return self._judges[0].subject

    @property
    def logprobs(self) -> int | None:
        """As many as any of its members wants."""
        return max((judge.logprobs or 0 for judge in self._judges), default=0) or None

    @property
    def by_rubric(self) -> bool:
        """Whether any member judges by a rubric."""
        return any(judge.by_rubric for judge in self._judges)

    @property
    def by_reference(self) -> bool:
        """Whether any member judges by the prompt's reference."""
        return any(judge.by_reference for judge in self._judges)

    @property
    def takes_unproven(self) -> bool:
        """Whether all members that judge by a rubric take derived ones without a proof."""
        return all(judge.takes_unproven for judge in self._judges if judge.by_rubric)

    @property
    def shows(self) -> Shows | None:
        """What any member shows."""
        return next((judge.shows for judge in self._judges if judge.shows), None)


def _as_shown(view: SubjectView, judge: Judge) -> SubjectView:
    """Leave out of a subject the exemplars that a member does not want."""
    if judge.shows or not view.exemplars:
        return view
    return view.model_copy(update={"exemplars": ()})


def _with_role(messages: tuple[Message, ...], role: str) -> tuple[Message, ...]:
    if not role:
        return messages
    told, *rest = messages
    content = f"{(told.content or '').rstrip()}\n\nYour part: {role}"
    return (told.model_copy(update={"content": content}), *rest)


def _key(view: SubjectView, said: Sequence[Reading]) -> object:
    """Return what makes two opinions the same; None where one cannot be read."""
    found = [about(said, of) for of in parts_of(view)]
    if any(one.verdict == "invalid" for one in found):
        return None
    return tuple(one.verdict or tuple(r.score for r in one.ratings) for one in found)


def _by_mean(view: SubjectView, reading: Reading, said: Sequence[Said]) -> Reading:
    """Take the verdict from mean ratings, and the words of a member that is for it; of one response there is none.

    Votes may be for the other response, so that their share is no probability of this verdict.
    """
    if reading.verdict in (None, "invalid"):
        return reading
    a, b = (
        fmean(r.score for r in reading.ratings if r.response_id == response.response_id)
        for response in view.responses
    )
    told = f"mean ratings: a {a:.2f}, b {b:.2f}"
    verdict: Verdict = "tie" if abs(a - b) < _SAME else "b" if b > a else "a"
    strength = max(-_STRONGEST, min(_STRONGEST, round(b - a)))
    votes, _, words = reading.rationale.partition("\n")
    like = (about(one, reading.of) for one in said)
    words = next((one.rationale for one in like if one.verdict == verdict), words)
    changes = {
        "verdict": verdict,
        "strength": strength,
        "probability": None,
        "rationale": f"{told}; {votes}\n{words}",
    }
    return reading.model_copy(update=changes)
