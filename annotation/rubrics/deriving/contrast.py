"""Criteria from what tells the better of two responses from the other.

Source: Liu et al. 2025, "OpenRubrics: Towards Scalable Synthetic Rubric Generation for Reward Modeling and LLM Alignment",
arXiv:2510.07743; there the better response is always shown first, here in half of all comparisons.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from winnow.annotation.judge import Question, Reply
from winnow.annotation.rubrics.deriving.deriver import (
    DERIVERS,
    Derived,
    DerivingView,
    DraftSource,
    ProposedCriterion,
)
from winnow.annotation.rubrics.deriving.examining import DrawnFrom, WithFault, examine
from winnow.annotation.rubrics.deriving.pages import (
    page_of_pair,
    question,
    told,
    words_of_prompt,
    words_of_response,
)
from winnow.annotation.rubrics.deriving.replies import lists_schema, read_lists, text_in
from winnow.annotation.rubrics.deriving.trying import TryingDeriver
from winnow.annotation.rubrics.quotes import stands_in
from winnow.annotation.rubrics.wording import Fault, names_in
from winnow.schemas.rubrics import CriterionKind

KINDS: Mapping[str, CriterionKind] = {"hard_rules": "hard_rule", "principles": "principle"}
"""The lists of a reply, and what is in them."""


@DERIVERS.register("contrast", version=1)
class ContrastDeriver(TryingDeriver):
    """Ask a model that knows the label what makes the better response better: hard rules and principles, each with a quote."""

    n_replies: ClassVar[int] = 1

    def propose(self, view: DerivingView, replies: Sequence[Reply]) -> Sequence[Question]:
        """Show both responses in the order of the view, and say which was found better."""
        system = told(
            "derive_contrast",
            self.guidelines,
            max_criteria=self.max_criteria,
            max_chars=self.max_criterion_chars,
        )
        page = f"{page_of_pair(view, view.order)}\n\nThe {view.better_place} response was found better."
        text = {"type": "string", "maxLength": self.max_criterion_chars}
        schema = lists_schema(tuple(KINDS), {"quote": text, "criterion": text}, self.max_criteria)
        return (
            question(system, page, schema, 2 * self.max_criteria * (self.max_criterion_chars + 32)),
        )

    def proposed(self, view: DerivingView, replies: Sequence[Reply], reply: int) -> Derived | None:
        """Read hard rules and principles; a quote has to stand in the prompt or in a response."""
        lists = read_lists(replies[reply].text, tuple(KINDS))
        if lists is None:
            return None
        example = example_of(view, is_wide=self.reach != "prompt")
        return examine(_read(lists, view, example, reply), example, self.max_criteria)


def example_of(view: DerivingView, *, is_wide: bool) -> DrawnFrom:
    """Return what criteria drawn from a comparison may not repeat.

    Args:
        view: The comparison.
        is_wide: Whether the criteria are for other prompts as well.
    """
    asked = words_of_prompt(view.prompt)
    return DrawnFrom(
        asked=asked,
        responses=tuple(map(words_of_response, view.responses)),
        reference=view.prompt.reference,
        names=names_in(asked) if is_wide else frozenset(),
    )


def _read(
    lists: Mapping[str, Sequence[Any]], view: DerivingView, example: DrawnFrom, reply: int
) -> Iterator[WithFault]:
    for name, kind in KINDS.items():
        for entry in lists[name]:
            quote = text_in(entry, "quote")
            stands = any(stands_in(quote, text) for text in (example.asked, *example.responses))
            source = DraftSource(
                kind="comparison", subject_id=view.subject_id, quote=quote, reply=reply
            )
            yield WithFault(
                ProposedCriterion(text=text_in(entry, "criterion"), kind=kind, sources=(source,)),
                None if stands else not_found(quote, "the prompt or a response"),
            )


def not_found(quote: str, where: str) -> Fault:
    """Say that a criterion rests on words that nobody wrote."""
    said = (
        f"its quote {quote!r} stands in no text of {where}"
        if quote
        else f"it quotes nothing of {where}"
    )
    return Fault("unsupported", said)
