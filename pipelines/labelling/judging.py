"""LLM judges at work: every subject as it is shown, one round of questions after the other."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from winnow.annotation.judge import Judge, Question, Reading, Reply, SubjectView
from winnow.pipelines.asking.complete import Complete
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Completion, Failure, Sampling
from winnow.pipelines.labelling.asking_again import complete_readable
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.labelling.subjects import JudgedPart, judged_parts
from winnow.pipelines.tally import Tally
from winnow.schemas.judgments import Judgment

MOST_ROUNDS = 100
"""A judge that still asks after so many rounds would never end."""


class Posed(NamedTuple):
    """The questions of one round about one subject, as requests."""

    view: SubjectView
    """The subject."""

    requests: tuple[ChatRequest, ...]
    """The questions of this round."""

    before: tuple[Completion, ...] = ()
    """What was answered in the rounds before."""

    replies: tuple[Reply, ...] = ()
    """The same as the judge reads it."""

    def answered(self, completions: Sequence[Completion]) -> "Posed":
        """Return what is known once this round is answered, with nothing more to ask."""
        replies = map(to_reply, self.requests, completions)
        return Posed(self.view, (), (*self.before, *completions), (*self.replies, *replies))


class Judged(NamedTuple):
    """What became of the questions of one judge."""

    judgments: list[Judgment]
    """Of a response one, of a comparison one for each two responses, where all questions were answered; invalid ones
    included."""

    n_asked: int
    """Judgments that were asked for."""

    n_reused: int
    """Of the answers, those that were paid for before."""


def judge(
    subjects: Sequence[SubjectView],
    settings: JudgeSettings,
    *,
    model: ModelRef,
    complete: Complete,
    tally: Tally,
    asks_again: bool = False,
) -> Judged:
    """Have one judge look at subjects; what it says of one response, or of each two, is one judgment.

    A subject of which a question has no answer becomes as many rejects of the tally as it would have given judgments.

    Args:
        subjects: What it is asked about, as often as it is shown.
        settings: The judge.
        model: The model.
        complete: Has requests answered.
        tally: Takes the rejects.
        asks_again: Ask again for replies that cannot be read (`winnow.pipelines.labelling.asking_again`).
    """
    asking = settings.build()
    ask_round = partial(
        complete_readable,
        model=model,
        complete=complete,
        is_readable=partial(_is_readable, asking),
        asks_again=asks_again,
    )
    judgments: list[Judgment] = []
    n_reused, n_rounds = 0, 0
    posed = list(questions_for(subjects, settings, model))
    while posed:
        if (n_rounds := n_rounds + 1) > MOST_ROUNDS:
            raise ValueError(f"{settings.title} has more to ask after {MOST_ROUNDS} rounds")
        outcomes, n_known = ask_round(posed)
        n_reused += n_known
        further = []
        for one, outcome in zip(posed, outcomes, strict=True):
            if outcome.failure:
                _reject(one.view, outcome.failure, settings, tally)
                continue
            answered = one.answered(outcome.completions)
            if more := asking.ask(answered.view, answered.replies):
                further.append(answered._replace(requests=_requests(more, settings, model)))
            else:
                judgments += to_judgments(asking, settings.annotator_id, answered, model)
        posed = further
    return Judged(judgments, sum(len(judged_parts(view)) for view in subjects), n_reused)


def questions_for(
    subjects: Sequence[SubjectView], settings: JudgeSettings, model: ModelRef
) -> Iterator[Posed]:
    """Write the questions of the first round about each subject."""
    asking = settings.build()
    for view in subjects:
        yield Posed(view, _requests(asking.ask(view), settings, model))


def to_judgments(
    asking: Judge, annotator_id: str, answered: Posed, model: ModelRef
) -> Iterator[Judgment]:
    """Read all replies about a subject into its judgments (`judged_parts`), which share what they cost.

    Each names the completion that was answered last. What no reading is about is invalid and holds the last reply.
    """
    readings: dict[tuple[str, ...] | None, Reading] = {
        reading.of: reading for reading in asking.read(answered.view, answered.replies)
    }
    parts = judged_parts(answered.view)
    cost = _cost(answered.before, model)
    for part in parts:
        said = _reading_of(part, readings, answered.replies)
        yield Judgment(
            subject_kind=part.kind,
            subject_id=part.subject_id,
            annotator_id=annotator_id,
            kind="llm",
            order=part.order,
            verdict=said.verdict,
            strength=said.strength,
            probability=said.probability,
            ranking=said.ranking,
            ratings=said.ratings,
            rationale=said.rationale,
            request_id=answered.before[-1].request_id if answered.before else None,
            cost=None if cost is None else cost / len(parts),
        )


def to_reply(request: ChatRequest, completion: Completion) -> Reply:
    """Return what a judge reads of an answer."""
    return Reply(
        text=completion.parted(request.messages).answer,
        tool_calls=completion.tool_calls,
        tokens=completion.token_logprobs,
        score=completion.score,
    )


def _requests(
    questions: Sequence[Question], settings: JudgeSettings, model: ModelRef
) -> tuple[ChatRequest, ...]:
    return tuple(
        model.ask(
            task=question.task,
            messages=question.messages,
            json_schema=question.json_schema,
            sampling=Sampling(
                temperature=settings.temperature
                if question.temperature is None
                else question.temperature,
                max_tokens=question.max_tokens,
                logprobs=question.logprobs,
            ),
        )
        for question in questions
    )


def _is_readable(asking: Judge, posed: Posed, completions: Sequence[Completion]) -> bool:
    """Whether a judge can go on from what came back: with further questions, or with readings of which none is invalid."""
    answered = posed.answered(completions)
    if asking.ask(answered.view, answered.replies):
        return True
    readings = asking.read(answered.view, answered.replies)
    return bool(readings) and all(reading.verdict != "invalid" for reading in readings)


def _reading_of(
    part: JudgedPart,
    readings: Mapping[tuple[str, ...] | None, Reading],
    replies: Sequence[Reply],
) -> Reading:
    unread = Reading(verdict="invalid", rationale=replies[-1].text if replies else "")
    return readings.get(part.of, readings.get(None, unread))


def _reject(view: SubjectView, failure: Failure, settings: JudgeSettings, tally: Tally) -> None:
    for part in judged_parts(view):
        named = (settings.annotator_id, part.subject_id, part.order)
        record_id = " ".join(filter(None, named))
        tally.reject("judgment", record_id, failure.reason, failure.detail)


def _cost(completions: Sequence[Completion], model: ModelRef) -> float | None:
    """Add up what answers cost; None where that of one is unknown."""
    costs = [model.cost_of(completion) for completion in completions]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known and len(known) == len(costs) else None
