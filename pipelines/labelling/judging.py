"""LLM judges at work: one round of questions after the other, over portions of the comparisons."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from winnow.pipelines.asking.answer import AnsweredRequests, AnswerRequests
from winnow.pipelines.beam import BeamSettings, for_each
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.hearing import Hearing, answered_in
from winnow.pipelines.labelling.judge_at_work import JudgeAtWork
from winnow.pipelines.labelling.portions import Portion
from winnow.pipelines.labelling.question_round import AskedSubject, QuestionRound
from winnow.pipelines.labelling.said_files import NOT_ASKED, SaidFolder
from winnow.pipelines.labelling.subjects import judged_parts
from winnow.warehouse.places.place import Place

MOST_ROUNDS = 100
"""A judge that still asks after so many rounds would never end."""


class Judged(NamedTuple):
    """What became of the questions of one judge; what it said lies in files."""

    n_asked: int
    """Judgments that were asked for, or passed over: of a response one, of a comparison one for each two responses."""

    n_reused: int
    """Of the answers, those that were paid for before."""


def judge(
    portions: Sequence[Portion],
    work: JudgeAtWork,
    *,
    answer: AnswerRequests,
    asking: Callable[[str], str],
    beam: BeamSettings,
    folder: Place,
    said: SaidFolder,
) -> Judged:
    """Have one judge look at all portions; what it says of one response, or of each two, is one judgment.

    A subject of which a question has no answer becomes as many rejects as it would have given judgments, and so does one
    without a rubric for a judge that judges by one: `no_rubric`, without a reference `no_reference`.

    Args:
        portions: The comparisons.
        work: The judge.
        answer: Has requests answered.
        asking: Says who asks, given the name of a model, which may be another one in each round.
        beam: Where portions are asked about and answers are read.
        folder: Takes the requests; empty, and every worker can reach it.
        said: Takes what the judge says.
    """
    asked = QuestionRound(folder.within("1"))
    for_each(partial(_pose, work=work, asked=asked, said=said), portions, beam)
    n_asked = sum(int(bytes(asked.root.content(_count(portion)))) for portion in portions)
    n_reused = 0
    for number in range(1, MOST_ROUNDS + 1):
        further = QuestionRound(folder.within(str(number + 1)))
        at = work.in_round(number)
        same: dict[str, Any] = {
            "work": at,
            "asked": asked,
            "further": further,
            "said": said,
            "number": number,
        }
        told = asking(at.model.name)
        answered = answer(asked.requests, model=at.model, asking=told)
        for_each(partial(_hear, stores=_places(answered), **same), portions, beam)
        n_again = 0
        if asked.again.requests.shards():
            again = answer(asked.again.requests, model=at.model, asking=told)
            n_again = again.counts.n_requests
            for_each(partial(_hear_again, stores=_places(again), **same), portions, beam)
        n_reused += max(0, answered.n_reused - n_again)
        if not further.requests.shards():
            return Judged(n_asked, n_reused)
        asked = further
    raise ValueError(f"{work.entry.title} has more to ask after {MOST_ROUNDS} rounds")


def _places(answered: AnsweredRequests) -> list[Place]:
    return [store.place for store in answered.stores]


def _pose(portion: Portion, work: JudgeAtWork, asked: QuestionRound, said: SaidFolder) -> None:
    """Write the questions of the first round about a portion, and how many judgments they and those not asked are for."""
    subjects = work.subjects(portion)
    questions = (AskedSubject(i, work.pose(view)) for i, view in enumerate(subjects))
    asked.write(portion.name, questions)
    passed_over = portion.passed_over(work.entry)
    if passed_over:
        with said.opened(f"{portion.name}-0") as files:
            for view in passed_over:
                for part in judged_parts(view):
                    named = (work.annotator_id, part.subject_id, part.order)
                    files.reject(" ".join(filter(None, named)), NOT_ASKED)
    count = str(sum(len(judged_parts(view)) for view in (*subjects, *passed_over))).encode()
    asked.root.write(_count(portion), lambda file: file.write(count), is_durable=False)


def _count(portion: Portion) -> str:
    return f"{portion.name}.n"


def _hear(
    portion: Portion,
    work: JudgeAtWork,
    asked: QuestionRound,
    further: QuestionRound,
    stores: Sequence[Place],
    said: SaidFolder,
    number: int,
) -> None:
    """Read what became of the questions of a round about a portion."""
    shards = asked.shards(portion.name)
    if not shards and number > 1:
        return
    subjects, waiting = work.subjects(portion), asked.waiting(portion.name)
    opened = [CompletionStore(place) for place in stores]
    with said.opened(f"{portion.name}-{number}") as files:
        hearing = Hearing(work, subjects, opened, files)
        left = set(range(len(subjects)))
        for shard in shards:
            for answered in answered_in(shard, opened, asked.requests.failures, work.model):
                hearing.hear(answered, waiting)
                left.difference_update(answered)
        if number == 1:
            hearing.hear_nothing(sorted(left))
    further.write(portion.name, hearing.further)
    asked.again.write(portion.name, hearing.again)


def _hear_again(
    portion: Portion,
    work: JudgeAtWork,
    asked: QuestionRound,
    further: QuestionRound,
    stores: Sequence[Place],
    said: SaidFolder,
    number: int,
) -> None:
    """Read what became of the questions about a portion that were asked once more."""
    shards = asked.again.shards(portion.name)
    if not shards:
        return
    subjects, waiting = work.subjects(portion), asked.again.waiting(portion.name)
    opened = [CompletionStore(place) for place in stores]
    with said.opened(f"{portion.name}-{number}-again") as files:
        hearing = Hearing(work, subjects, opened, files)
        for shard in shards:
            failures = asked.again.requests.failures
            for answered in answered_in(shard, opened, failures, work.model):
                hearing.hear_again(answered, waiting)
    further.write(f"{portion.name}-again", hearing.further)
