"""LLM judges at work: every comparison, in both orders unless told otherwise."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from annotation.judge import ComparisonView, Judge, Reading
from pipelines.answering import Complete
from pipelines.asking_again import complete_readable
from pipelines.inference.models import ModelRef
from pipelines.inference.requests import ChatRequest, Completion, Failure, Sampling
from pipelines.label_settings import JudgeSettings
from pipelines.tally import Tally
from schemas.judgments import Judgment, Order


class Posed(NamedTuple):
    """A question about one comparison in one order, as a request."""

    view: ComparisonView
    """The comparison."""

    order: Order
    """Which response is shown first."""

    request: ChatRequest
    """The request."""


class Judged(NamedTuple):
    """What became of the requests of one judge."""

    judgments: list[Judgment]
    """One for each request that was answered, invalid ones included."""

    n_asked: int
    """Requests."""

    n_reused: int
    """Of the answers, those that were paid for before."""


def judge(
    views: Sequence[ComparisonView],
    settings: JudgeSettings,
    *,
    model: ModelRef,
    complete: Complete,
    tally: Tally,
    asks_again: bool = False,
) -> Judged:
    """Have one judge look at comparisons; a request without an answer becomes a reject of the tally.

    Args:
        views: The comparisons.
        settings: The judge.
        model: The model.
        complete: Has requests answered.
        tally: Takes the rejects.
        asks_again: Ask again for replies that cannot be read (`pipelines.asking_again`).
    """
    asking = settings.build()
    posed = list(questions_for(views, settings, model))
    results, n_reused = complete_readable(
        posed,
        model=model,
        complete=complete,
        is_readable=lambda one, reply: _read(asking, one, reply).verdict != "invalid",
        asks_again=asks_again,
    )
    judgments = []
    for one in posed:
        result = results[one.request.request_id]
        if isinstance(result, Failure):
            record_id = f"{settings.annotator_id} {one.view.comparison_id} {one.order}"
            tally.reject("judgment", record_id, result.reason, result.detail)
        else:
            cost = model.cost_of(result)
            judgments.append(to_judgment(asking, settings.annotator_id, one, result, cost))
    return Judged(judgments, len(posed), n_reused)


def questions_for(
    views: Sequence[ComparisonView], settings: JudgeSettings, model: ModelRef
) -> Iterator[Posed]:
    """Write the requests, the two orders of a comparison one after the other."""
    asking = settings.build()
    for view in views:
        for order in settings.shown:
            question = asking.ask(view, order)
            request = model.ask(
                messages=question.messages,
                json_schema=question.json_schema,
                sampling=Sampling(temperature=settings.temperature, max_tokens=question.max_tokens),
            )
            yield Posed(view, order, request)


def to_judgment(
    asking: Judge,
    annotator_id: str,
    posed: Posed,
    completion: Completion,
    cost: float | None = None,
) -> Judgment:
    """Read a reply, and what it cost, into the judgment record."""
    reading = _read(asking, posed, completion)
    return Judgment(
        comparison_id=posed.view.comparison_id,
        annotator_id=annotator_id,
        kind="llm",
        order=posed.order,
        verdict=reading.verdict,
        strength=reading.strength,
        ratings=reading.ratings,
        rationale=reading.rationale,
        request_id=completion.request_id,
        cost=cost,
    )


def _read(asking: Judge, posed: Posed, completion: Completion) -> Reading:
    answer = completion.parted(posed.request.messages).answer
    return asking.read(answer, posed.view, posed.order)
