"""What judges are asked about, made of comparisons: pairs and groups in each order, or each response by itself or with its steps."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from winnow.annotation.judge import ComparisonView, Judge, SubjectView
from winnow.pipelines.labelling.groups import pairs_of
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.schemas.comparisons import Comparison
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Order, SubjectKind, step_id
from winnow.schemas.step_spans import StepSpan


class JudgedPart(NamedTuple):
    """What one judgment is about: a subject, of a group two of its responses, or of a response one of its steps."""

    kind: SubjectKind
    """What is judged."""

    subject_id: str
    """Its id."""

    of: tuple[str, ...]
    """response_ids; of a comparison those of a and b."""

    order: Order | None
    """Which of two responses is shown first; None where there is no order."""

    step: StepSpan | None = None
    """The step of the response that it is about; None where it is about no step."""


def subjects_for(
    settings: JudgeSettings, pairs: Sequence[ComparisonView], groups: Sequence[Comparison] = ()
) -> list[SubjectView]:
    """List what a judge is asked about, the orders of one subject one after the other.

    A judge of pairs is shown each pair. A judge of groups is shown each group as a whole, in an order drawn from the ids
    and in its reverse, or shifted on until each response has stood at each place, and in the same way the pairs that are in no group. A judge of one response is shown each once that
    stands in any of the pairs.

    Args:
        settings: The judge.
        pairs: Comparisons of two, those that groups consist of included.
        groups: Comparisons of more than two responses.
    """
    judge = settings.build()
    subject = judge.subject
    if subject == "response":
        return list(each_response(pairs, judge))
    if subject == "pair":
        return in_each_order(pairs, settings.shown)
    return [
        whole if places == whole.places else whole.model_copy(update={"places": places})
        for whole in _wholes(pairs, groups)
        for places in _in_turn(whole.places, settings)
    ]


def new_subjects(
    settings: JudgeSettings,
    pairs: Sequence[ComparisonView],
    groups: Sequence[Comparison],
    known: Collection[str],
) -> list[SubjectView]:
    """List what a judge has not judged; of a group, it has where it judged every pair.

    Args:
        settings: The judge.
        pairs: As in `subjects_for`.
        groups: As in `subjects_for`.
        known: Ids of comparisons and responses that it has judged.
    """
    new = [g for g in groups if any(pair.comparison_id not in known for pair in pairs_of(g))]
    return [view for view in subjects_for(settings, pairs, new) if view.subject_id not in known]


def in_each_order(pairs: Sequence[ComparisonView], orders: Sequence[Order]) -> list[SubjectView]:
    """Show each pair in each order, a first in "ab"."""
    return [view.subject(order) for view in pairs for order in orders]


def each_response(pairs: Sequence[ComparisonView], judge: Judge) -> Iterator[SubjectView]:
    """Show a judge each response of the pairs by itself and once, those of one prompt together where the pairs are."""
    found = {
        response.response_id: (view.prompt, response)
        for view in pairs
        for response in (view.a, view.b)
    }
    for response_id, (prompt, response) in found.items():
        yield SubjectView(
            kind="response",
            subject_id=response_id,
            prompt=prompt,
            responses=(response,),
            places=(0,),
            steps=judge.cut(response),
        )


def judged_parts(view: SubjectView) -> list[JudgedPart]:
    """List what judgments of a subject are about: of a group each two responses, of all else the subject itself, and of a
    response that is judged step by step each step behind it.
    """
    ids = tuple(response.response_id for response in view.responses)
    if view.kind != "comparison":
        steps = (
            JudgedPart("step", step_id(view.subject_id, step.index), ids, None, step)
            for step in view.steps
        )
        return [JudgedPart(view.kind, view.subject_id, ids, None), *steps]
    if len(ids) == 2:
        return [JudgedPart(view.kind, view.subject_id, ids, view.order)]
    return [
        JudgedPart(
            view.kind,
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
    """List what is put in order together, as it was drawn: each group, then the pairs that are in none."""
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


def _in_turn(drawn: tuple[int, ...], settings: JudgeSettings) -> Iterator[tuple[int, ...]]:
    if settings.orders == "cyclic":
        yield from (drawn[i:] + drawn[:i] for i in range(len(drawn)))
    else:
        yield from (drawn if order == "ab" else drawn[::-1] for order in settings.shown)


def _drawn(response_ids: Sequence[str]) -> tuple[int, ...]:
    """Draw an order: ids are hashes, but the order of a prompt's responses must not be the same in all its groups."""
    ids = sorted(response_ids)
    return tuple(sorted(range(len(ids)), key=lambda i: content_id([ids, response_ids[i]])))
