"""What judges are asked about, made of comparisons: pairs as they are, groups as a whole, in each order."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from winnow.annotation.judge import ComparisonView, SubjectView
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.labelling.ungrouping import pairs_of
from winnow.schemas.comparisons import Comparison
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Order


class JudgedPair(NamedTuple):
    """Two responses of a subject, of which a judgment is wanted."""

    comparison_id: str
    """The two, side by side."""

    of: tuple[str, str]
    """response_ids of a and b."""

    order: Order
    """Which of them is shown first."""


def subjects_for(
    settings: JudgeSettings, pairs: Sequence[ComparisonView], groups: Sequence[Comparison] = ()
) -> list[SubjectView]:
    """Give what a judge is asked about, the orders of one subject one after the other.

    A judge of pairs is shown each pair. A judge of groups is shown each group as a whole, in an order drawn from the ids
    and in its reverse, and in the same way the pairs that are in no group.

    Args:
        settings: The judge.
        pairs: Comparisons of two, those that groups consist of included.
        groups: Comparisons of more than two responses.
    """
    if settings.build().subject == "pair":
        return in_each_order(pairs, settings.shown)
    return [
        whole if order == "ab" else whole.model_copy(update={"places": whole.places[::-1]})
        for whole in _wholes(pairs, groups)
        for order in settings.shown
    ]


def in_each_order(pairs: Sequence[ComparisonView], orders: Sequence[Order]) -> list[SubjectView]:
    """Show each pair in each order, a first in "ab"."""
    return [view.subject(order) for view in pairs for order in orders]


def judged_pairs(view: SubjectView) -> list[JudgedPair]:
    """Give each two responses of a subject; of a subject of two, the subject itself."""
    if len(view.responses) == 2:
        a, b = view.responses
        return [JudgedPair(view.subject_id, (a.response_id, b.response_id), view.order)]
    return [
        JudgedPair(
            Comparison(
                prompt_id=view.prompt.prompt_id, response_ids=of, strategy="group"
            ).comparison_id,
            of,
            view.order_of(a, b),
        )
        for a, b in view.pairs()
        for of in [(a.response_id, b.response_id)]
    ]


def _wholes(pairs: Sequence[ComparisonView], groups: Sequence[Comparison]) -> Iterator[SubjectView]:
    """Give what is put in order together, as it was drawn: each group, then the pairs that are in none."""
    prompts = {view.prompt.prompt_id: view.prompt for view in pairs}
    texts = {r.response_id: r for view in pairs for r in (view.a, view.b)}
    for group in groups:
        yield SubjectView(
            subject_id=group.comparison_id,
            prompt=prompts[group.prompt_id],
            responses=tuple(texts[i] for i in group.response_ids),
            places=_drawn(group.response_ids),
        )
    grouped = {pair.comparison_id for group in groups for pair in pairs_of(group)}
    for view in pairs:
        if view.comparison_id not in grouped:
            places = _drawn((view.a.response_id, view.b.response_id))
            yield view.subject("ab").model_copy(update={"places": places})


def _drawn(response_ids: Sequence[str]) -> tuple[int, ...]:
    """Draw an order: ids are hashes, but the order of a prompt's responses must not be the same in all its groups."""
    ids = sorted(response_ids)
    return tuple(sorted(range(len(ids)), key=lambda i: content_id([ids, response_ids[i]])))
