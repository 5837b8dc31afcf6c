"""Binary principles from what people wrote of responses, and from what they made of them.

Source: "RLBFF: Binary Flexible Feedback to bridge between Human Feedback & Verifiable Rewards", arXiv:2509.21319.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from winnow.annotation.judge import Question, Reply
from winnow.annotation.rubrics.consensus import NamedPrinciple, shared_principles
from winnow.annotation.rubrics.deriving.contrast import example_of, not_found
from winnow.annotation.rubrics.deriving.deriver import (
    DERIVERS,
    Derived,
    Deriver,
    DerivingView,
    DraftSource,
    ProposedCriterion,
    RefusedDraft,
    SaidWords,
    Subject,
)
from winnow.annotation.rubrics.deriving.examining import WithFault, examine, key_of, refused_draft
from winnow.annotation.rubrics.deriving.pages import (
    fenced,
    page_of_pair,
    page_of_response,
    question,
    told,
    words_of_response,
)
from winnow.annotation.rubrics.deriving.replies import lists_schema, read_lists, text_in
from winnow.annotation.rubrics.quotes import is_grounded
from winnow.annotation.rubrics.wording import Fault
from winnow.annotation.similarity import embed
from winnow.schemas.judgments import Kind

_PAIR = 2
_PLACES = ("first", "second")
_NO_WORDS = "(no words: what the person thinks shows in what was changed)"


class Principle(NamedTuple):
    """A principle that one person's words answer for one response."""

    text: str
    """The principle."""

    quote: str
    """The words."""

    place: int
    """The response, by its place in the view."""

    answer: Literal["yes", "no"]
    """Whether the response fulfils it."""

    by: int
    """The person, by the place of the words in the view."""


@DERIVERS.register("feedback", version=1)
class FeedbackDeriver(Deriver):
    """Turn people's justifications and edits into principles to be answered with yes or no; what several people name comes first."""

    subject: ClassVar[Subject] = "words"
    kinds: ClassVar[tuple[Kind, ...]] = ("human",)

    alike: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Similarity from which on the principles of two people are the same, from 0 to 1."""

    agreed_only: bool = False
    """true takes only principles that every person who wrote of the response names; of one person alone, none."""

    def ask(self, view: DerivingView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Ask about each person's words by themselves, with the responses as that person saw them."""
        return () if replies else [self._ask(view, one) for one in view.said]

    def read(self, view: DerivingView, replies: Sequence[Reply]) -> Derived | None:
        """Read every person's principles, and put together what several people name."""
        found: list[Principle] = []
        refused: list[RefusedDraft] = []
        for by, (said, reply) in enumerate(zip(view.said, replies, strict=True)):
            lists = read_lists(reply.text, ["principles"])
            if lists is None:
                return None
            taken, out = _of_one(lists["principles"], view, said, by)
            found += taken
            refused += out
        drafts, out = self._shared(view, found)
        drafts.sort(key=lambda draft: -draft.weight)
        most = self.max_criteria * max(1, len(view.said))
        example = example_of(view, is_wide=self.reach != "prompt")
        return examine(map(WithFault, drafts), example, most, [*refused, *out])

    def _ask(self, view: DerivingView, said: SaidWords) -> Question:
        is_pair = len(view.responses) == _PAIR
        longest = self.max_criterion_chars
        system = told(
            "derive_feedback",
            self.guidelines,
            what="two responses" if is_pair else "a response",
            about='"response": which one, "first" or "second". Then ' if is_pair else "",
            max_criteria=self.max_criteria,
            max_chars=longest,
        )
        page = (
            page_of_pair(view, _shown_to(view, said))
            if is_pair
            else page_of_response(view, view.responses[0])
        )
        if edited := _edited(view):
            place = _PLACES[_shown_to(view, said).index(edited)]
            page = f"{page}\n\nThe {place} response is what the person made of the other."
        text = {"type": "string", "maxLength": longest}
        entry: dict[str, dict[str, Any]] = {"quote": text, "criterion": text}
        if is_pair:
            entry["response"] = {"enum": list(_PLACES)}
        entry["answer"] = {"enum": ["yes", "no", "partially"]}
        schema = lists_schema(["principles"], entry, self.max_criteria)
        page = f"{page}\n\n{fenced('person', said.text.strip() or _NO_WORDS)}"
        return question(system, page, schema, self.max_criteria * (2 * longest + 96))

    def _shared(
        self, view: DerivingView, found: Sequence[Principle]
    ) -> tuple[list[ProposedCriterion], list[RefusedDraft]]:
        """Make a criterion of what is alike; people who contradict each other make none."""
        of_place: dict[int, list[Principle]] = defaultdict(list)
        for one in found:
            of_place[one.place].append(one)
        drafts: dict[str, ProposedCriterion] = {}
        refused: list[RefusedDraft] = []
        for place in sorted(of_place):
            for members, is_conflict in _groups(view, of_place[place], self.alike):
                text = min((one.text for one in members), key=lambda text: (len(text), text))
                people = {view.said[one.by].annotator_id for one in members}
                if fault := self._fault(view, len(people), is_conflict):
                    refused.append(refused_draft(text, fault))
                    continue
                draft, key = _draft(view, text, members, len(people)), key_of(text)
                drafts[key] = _joined(drafts[key], draft) if key in drafts else draft
        return list(drafts.values()), refused

    def _fault(self, view: DerivingView, n: int, is_conflict: bool) -> Fault | None:
        if is_conflict:
            return Fault("people_disagree", "some say that the response meets it, others not")
        n_people = len({one.annotator_id for one in view.said})
        if self.agreed_only and (n_people < _PAIR or n < n_people):
            return Fault(
                "people_disagree",
                f"{n} of {n_people} people name it; agreed_only takes what all do, and more than one",
            )
        return None


def _of_one(
    entries: Sequence[Any], view: DerivingView, said: SaidWords, by: int
) -> tuple[list[Principle], list[RefusedDraft]]:
    """Read what one person's words answer; what they answer both ways, in part, or not at all is refused."""
    ground = [said.text]
    if edited := _edited(view):
        ground.append(words_of_response(view.responses["ab".index(edited)]))
    found: dict[tuple[str, int], list[Principle]] = defaultdict(list)
    refused = []
    for entry in entries:
        text, quote, answer = (text_in(entry, key) for key in ("criterion", "quote", "answer"))
        place = _place(entry, view, said)
        fault: Fault | None = None
        if not any(is_grounded(quote, words) for words in ground):
            fault = not_found(quote, "the person")
        elif place is None or answer not in ("yes", "no", "partially"):
            fault = Fault(
                "unsupported", "it does not say which response meets it, or whether it does"
            )
        if fault or place is None:
            refused.append(refused_draft(text, fault or not_found(quote, "the person")))
        elif answer == "partially":
            refused.append(
                RefusedDraft(
                    text=text,
                    reason="partial",
                    detail=f"{text!r}: met in part, which is neither yes nor no",
                )
            )
        else:
            found[key_of(text), place].append(
                Principle(text, quote, place, "yes" if answer == "yes" else "no", by)
            )
    taken = []
    for same in found.values():
        if len({one.answer for one in same}) > 1:
            fault = Fault("contradicts", "the same words of a person were read as yes and as no")
            refused += [refused_draft(one.text, fault) for one in same]
        else:
            taken.append(same[0])
    return taken, refused


def _place(entry: Any, view: DerivingView, said: SaidWords) -> int | None:
    """Read which response an entry is about, by its place in the view."""
    if len(view.responses) < _PAIR:
        return 0
    named = text_in(entry, "response")
    return "ab".index(_shown_to(view, said)[_PLACES.index(named)]) if named in _PLACES else None


def _edited(view: DerivingView) -> Literal["a", "b"] | None:
    """Return which response was made of the other one, by whatever it may be judged; None where nobody knows."""
    if not view.is_edit or len(view.responses) < _PAIR:
        return None
    a, b = view.responses
    if (a.parent_id == b.response_id) != (b.parent_id == a.response_id):
        return "a" if a.parent_id == b.response_id else "b"
    if (a.made == "edited") != (b.made == "edited"):
        return "a" if a.made == "edited" else "b"
    return None


def _shown_to(view: DerivingView, said: SaidWords) -> Literal["ab", "ba"]:
    """Return the order in which a person saw two responses; that of the view where nobody knows."""
    return said.order or view.order


def _groups(
    view: DerivingView, found: Sequence[Principle], alike: float
) -> Iterator[tuple[list[Principle], bool]]:
    """Put together what people say of one response; gives with each group whether it holds both answers."""
    if len({view.said[one.by].annotator_id for one in found}) < _PAIR:
        yield from (([one], False) for one in found)
        return
    opinions = [
        NamedPrinciple(view.said[p.by].annotator_id, p.text, p.answer == "yes") for p in found
    ]
    vectors = embed([one.text for one in opinions])
    similarity = (vectors @ vectors.T).toarray()
    for members, is_conflict in shared_principles(opinions, similarity, alike):
        yield [found[i] for i in members], is_conflict


def _draft(
    view: DerivingView, text: str, members: Sequence[Principle], n_people: int
) -> ProposedCriterion:
    return ProposedCriterion(
        text=text,
        kind="principle",
        weight=float(n_people),
        sources=tuple(
            DraftSource(
                kind="judgment",
                subject_id=view.said[one.by].judgment_id,
                quote=one.quote,
                reply=one.by,
                response_id=view.responses[one.place].response_id,
                answer=one.answer,
            )
            for one in members
        ),
    )


def _joined(one: ProposedCriterion, other: ProposedCriterion) -> ProposedCriterion:
    """Put together what people say of both responses in the same words."""
    sources = dict.fromkeys((*one.sources, *other.sources))
    weight = max(one.weight, other.weight, float(len({e.reply for e in sources})))
    return one.model_copy(update={"sources": tuple(sources), "weight": weight})
