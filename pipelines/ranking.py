"""Judges that rank, at work: every group as a whole, in a drawn order and in its reverse unless told otherwise."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from annotation.judge import ComparisonView
from annotation.judges import RankingJudge
from annotation.judges.ranking import Ranks
from annotation.ranks import best_first, ranked_pairs
from pipelines.answering import Complete
from pipelines.asking_again import complete_readable
from pipelines.inference.models import ModelRef
from pipelines.inference.requests import ChatRequest, Completion, Failure, Sampling
from pipelines.judging import Judged
from pipelines.label_settings import JudgeSettings
from pipelines.tally import Tally
from pipelines.ungrouping import pairs_of
from schemas.comparisons import Comparison
from schemas.ids import content_id
from schemas.judgments import Judgment
from schemas.prompts import Prompt
from schemas.responses import Response


class PosedGroup(NamedTuple):
    """A question about one group in one order, as a request."""

    prompt: Prompt
    """The prompt."""

    shown: tuple[Response, ...]
    """The responses in the order in which they are shown."""

    request: ChatRequest
    """The request."""


def rank(
    groups: Sequence[Comparison],
    views: Sequence[ComparisonView],
    settings: JudgeSettings,
    *,
    model: ModelRef,
    complete: Complete,
    tally: Tally,
    asks_again: bool = False,
) -> Judged:
    """Have a judge put groups in order; what a ranking says of each two responses is one judgment.

    A comparison that is in no group is one of two. A request without an answer becomes as many rejects of the tally
    as it would have given judgments.

    Args:
        groups: Comparisons of more than two responses.
        views: Comparisons of two, those that groups consist of included.
        settings: A judge that ranks.
        model: The model.
        complete: Has requests answered.
        tally: Takes the rejects.
        asks_again: Ask again for replies that cannot be read (`pipelines.asking_again`).
    """
    judge = settings.build()
    assert isinstance(judge, RankingJudge)
    posed = list(_questions(groups, views, settings, judge, model))
    results, n_reused = complete_readable(
        posed,
        model=model,
        complete=complete,
        is_readable=lambda one, reply: _ranks(judge, one, reply) is not None,
        asks_again=asks_again,
    )
    judgments: list[Judgment] = []
    n_asked = 0
    for one in posed:
        result = results[one.request.request_id]
        n_asked += len(one.shown) * (len(one.shown) - 1) // 2
        if isinstance(result, Failure):
            for pair in ranked_pairs(one.prompt.prompt_id, _ids(one.shown), _unranked(one.shown)):
                record_id = f"{settings.annotator_id} {pair.comparison.comparison_id} {pair.order}"
                tally.reject("judgment", record_id, result.reason, result.detail)
        else:
            cost = model.cost_of(result)
            judgments += to_judgments(judge, settings.annotator_id, one, result, cost)
    return Judged(judgments, n_asked, n_reused)


def to_judgments(
    judge: RankingJudge,
    annotator_id: str,
    posed: PosedGroup,
    completion: Completion,
    cost: float | None = None,
) -> Iterator[Judgment]:
    """Read a reply into a judgment of each two, which share what it cost.

    Where it cannot be read, each is invalid and holds the raw reply.
    """
    found = _ranks(judge, posed, completion)
    ranks = found.rank if found else _unranked(posed.shown)
    pairs = list(ranked_pairs(posed.prompt.prompt_id, _ids(posed.shown), ranks))
    for pair in pairs:
        yield Judgment(
            comparison_id=pair.comparison.comparison_id,
            annotator_id=annotator_id,
            kind="llm",
            order=pair.order,
            verdict=pair.verdict if found else "invalid",
            ranking=best_first(ranks) if found else None,
            rationale=found.rationale if found else _reply(posed, completion),
            request_id=completion.request_id,
            cost=None if cost is None else cost / len(pairs),
        )


def _reply(posed: PosedGroup, completion: Completion) -> str:
    return completion.parted(posed.request.messages).answer


def _ranks(judge: RankingJudge, posed: PosedGroup, completion: Completion) -> Ranks | None:
    return judge.read_group(_reply(posed, completion), posed.shown)


def _questions(
    groups: Sequence[Comparison],
    views: Sequence[ComparisonView],
    settings: JudgeSettings,
    judge: RankingJudge,
    model: ModelRef,
) -> Iterator[PosedGroup]:
    for prompt, responses in _fields(groups, views):
        ids = sorted(_ids(responses))
        # Ids are hashes, but the order of a prompt's responses must not be the same in all its groups.
        drawn = sorted(responses, key=lambda r: content_id([ids, r.response_id]))
        for order in settings.shown:
            shown = tuple(drawn if order == "ab" else reversed(drawn))
            question = judge.ask_group(prompt, shown)
            request = model.ask(
                messages=question.messages,
                json_schema=question.json_schema,
                sampling=Sampling(temperature=settings.temperature, max_tokens=question.max_tokens),
            )
            yield PosedGroup(prompt, shown, request)


def _fields(
    groups: Sequence[Comparison], views: Sequence[ComparisonView]
) -> Iterator[tuple[Prompt, list[Response]]]:
    """Give the responses to be put in order together: those of each group, then the pairs that are in none."""
    prompts = {view.prompt.prompt_id: view.prompt for view in views}
    texts = {r.response_id: r for view in views for r in (view.a, view.b)}
    for group in groups:
        yield prompts[group.prompt_id], [texts[i] for i in group.response_ids]
    grouped = {pair.comparison_id for group in groups for pair in pairs_of(group)}
    for view in views:
        if view.comparison_id not in grouped:
            yield view.prompt, [view.a, view.b]


def _ids(responses: Sequence[Response]) -> list[str]:
    return [response.response_id for response in responses]


def _unranked(responses: Sequence[Response]) -> Mapping[str, int]:
    return dict.fromkeys(_ids(responses), 1)
