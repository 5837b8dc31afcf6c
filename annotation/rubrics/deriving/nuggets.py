"""Nuggets: the atomic facts of a reference answer or of documents that a good response holds.

Source: Ma et al. 2025, "An Efficient Rubric-based Generative Verifier for Search-Augmented LLMs", arXiv:2510.14660.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import Field

from winnow.annotation.judge import Question, Reply
from winnow.annotation.rubrics.deriving.checklist import WEIGHTS, importance_of
from winnow.annotation.rubrics.deriving.contrast import not_found
from winnow.annotation.rubrics.deriving.deriver import (
    DERIVERS,
    Derived,
    Deriver,
    DerivingView,
    DraftSource,
    ProposedCriterion,
    RefusedSubject,
    Subject,
)
from winnow.annotation.rubrics.deriving.examining import DrawnFrom, WithFault, examine
from winnow.annotation.rubrics.deriving.pages import fenced, page_of_prompt, question, told
from winnow.annotation.rubrics.deriving.replies import lists_schema, read_lists, text_in
from winnow.annotation.rubrics.quotes import stands_in
from winnow.annotation.rubrics.wording import Fault
from winnow.schemas.rubrics import SourceKind

_REFERENCE = "reference"
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


class NuggetText(NamedTuple):
    """A text that nuggets are taken from."""

    kind: SourceKind
    """A document, or the prompt whose reference it is."""

    subject_id: str
    """Its id."""

    text: str
    """The text."""


@DERIVERS.register("nuggets", version=1)
class NuggetDeriver(Deriver):
    """Take from reference answers and documents the facts that a good response holds, each with the words it was taken from.

    Whoever judges by them reads the reference: they are for checking answers, not for telling what a good one is like.
    """

    subject: ClassVar[Subject] = "prompt"

    max_criteria: Annotated[int, Field(ge=1, le=200)] = 16
    """Criteria that one reply may propose; the schema enforces it, and what is beyond it is a reject."""

    def ask(self, view: DerivingView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Show the question and the texts; nothing is asked of a prompt that has none."""
        texts = texts_of(view)
        if replies or not texts:
            return ()
        longest = self.max_criterion_chars
        system = told(
            "derive_nuggets",
            self.guidelines,
            texts=", ".join(texts),
            max_criteria=self.max_criteria,
            max_chars=longest,
        )
        asked = view.model_copy(update={"prompt": view.prompt.model_copy(update={"contexts": ()})})
        page = [page_of_prompt(asked), *(fenced(n, one.text) for n, one in texts.items())]
        text = {"type": "string", "maxLength": longest}
        entry: dict[str, dict[str, Any]] = {
            "text": {"enum": list(texts)},
            "quote": text,
            "criterion": text,
            "importance": {"enum": [one for one in WEIGHTS if one != "pitfall"]},
        }
        schema = lists_schema(["nuggets"], entry, self.max_criteria)
        longest_reply = self.max_criteria * (2 * longest + 128)
        return (question(system, "\n\n".join(page), schema, longest_reply),)

    def lacks(self, view: DerivingView) -> RefusedSubject | None:
        """Refuse a prompt with neither a reference nor documents."""
        if texts_of(view):
            return None
        return RefusedSubject(
            "no_reference",
            "the prompt has neither a reference nor documents that nuggets could be taken from",
        )

    def read(self, view: DerivingView, replies: Sequence[Reply]) -> Derived | None:
        """Read the facts; the words of each have to stand in the text it names, and its figures in these words."""
        if not replies:
            return Derived()
        lists = read_lists(replies[0].text, ["nuggets"])
        if lists is None:
            return None
        return examine(_read(lists["nuggets"], texts_of(view)), DrawnFrom(), self.max_criteria)


def texts_of(view: DerivingView) -> dict[str, NuggetText]:
    """List what nuggets may be taken from, by the name under which it is shown."""
    prompt = view.prompt
    texts = {
        f"document_{i}": NuggetText("document", f"{prompt.prompt_id}:document_{i}", text)
        for i, text in enumerate(prompt.contexts, 1)
    }
    if prompt.reference:
        texts[_REFERENCE] = NuggetText("prompt", prompt.prompt_id, prompt.reference)
    return texts


def _read(entries: Sequence[Any], texts: Mapping[str, NuggetText]) -> Iterator[WithFault]:
    for entry in entries:
        quote, fact, name = (text_in(entry, key) for key in ("quote", "criterion", "text"))
        text = texts.get(name)
        importance = importance_of(entry)
        fault = None
        if text is None or not stands_in(quote, text.text):
            fault = not_found(quote, name or "what was shown")
        elif strange := set(_FIGURE.findall(fact)).difference(_FIGURE.findall(quote)):
            fault = Fault(
                "unsupported", f"{sorted(strange)[0]} is no figure of its quote {quote!r}"
            )
        elif importance in (None, "pitfall"):
            fault = Fault("unsupported", "it does not say how much depends on it")
        source = DraftSource(
            kind=text.kind if text else "prompt",
            subject_id=text.subject_id if text else "-",
            quote=quote,
        )
        yield WithFault(
            ProposedCriterion(
                text=fact,
                kind="checklist",
                importance=importance,
                weight=WEIGHTS[importance] if importance else 1.0,
                sources=(source,),
            ),
            fault,
        )
