"""From answers to judgments: who changed an answer has the last word, and what was said before stays on record."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from winnow.annotation.queues.tasks.base import ReadAnswers, Task
from winnow.annotation.queues.timing import seconds_by_answer
from winnow.schemas.answers import Answer
from winnow.schemas.errors import UnknownName
from winnow.schemas.judgments import Judgment
from winnow.schemas.rubrics import CriterionReview


def read_answers(answers: Iterable[Answer], tasks: Mapping[str, Task]) -> ReadAnswers:
    """Read all answers of all queues; the same answers give the same judgments, whenever they are read.

    A judgment of a later answer to the same item supersedes the earlier one. Where a later answer no longer says
    anything of a comparison that an earlier one judged, a discarded judgment supersedes the earlier.

    Args:
        answers: Every answer ever pulled, in any order, none twice.
        tasks: Task by its name and version, such as "pairwise@1".

    Raises:
        UnknownName: An answer belongs to a task that is not among `tasks`.
    """
    told = list(answers)
    seconds = seconds_by_answer(told)
    whole = ReadAnswers()
    for in_turn in _by_item(told):
        _read_in_turn(in_turn, tasks, seconds, whole)
    return whole


def _by_item(answers: Iterable[Answer]) -> list[list[Answer]]:
    """Gather each person's answers to each item, oldest first."""
    gathered: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    for answer in sorted(answers, key=lambda a: (a.created_at, a.answer_id)):
        gathered[answer.item_id, answer.annotator_id].append(answer)
    return list(gathered.values())


def _read_in_turn(
    answers: list[Answer],
    tasks: Mapping[str, Task],
    seconds: Mapping[str, float | None],
    whole: ReadAnswers,
) -> None:
    """Read one person's answers to one item, oldest first, and add what they come to."""
    standing: dict[str, Judgment] = {}
    reviewed: dict[str, CriterionReview] = {}
    for answer in answers:
        if answer.shown.task not in tasks:
            raise UnknownName.among("task", answer.shown.task, tasks)
        reading = tasks[answer.shown.task].read(answer)
        said = {j.subject_id: j for j in reading.judgments}
        gone = (old for i, old in standing.items() if i not in said and not old.is_discarded)
        new = [_withdrawn(old, answer) for old in gone]
        new += [_superseding(j, standing.get(i)) for i, j in said.items()]
        timed = {"seconds": seconds[answer.answer_id]}
        new = [j.model_copy(update=timed) for j in new]
        reviews = [_after(review, reviewed.get(review.criterion_id)) for review in reading.reviews]
        whole.judgments.extend(new)
        whole.comparisons.extend(reading.comparisons)
        whole.responses.extend(reading.responses)
        whole.criteria.extend(reading.criteria)
        whole.reviews.extend(reviews)
        standing |= {j.comparison_id: j for j in new}
        reviewed |= {review.criterion_id: review for review in reviews}


def _superseding(judgment: Judgment, old: Judgment | None) -> Judgment:
    if old is None:
        return judgment
    said = judgment.model_dump(exclude={"judgment_id"})
    return Judgment.model_validate({**said, "supersedes": old.judgment_id})


def _withdrawn(old: Judgment, answer: Answer) -> Judgment:
    return Judgment(
        subject_kind=old.subject_kind,
        subject_id=old.subject_id,
        annotator_id=old.annotator_id,
        kind=old.kind,
        order=old.order,
        verdict="invalid",
        is_discarded=True,
        request_id=old.request_id,
        created_at=answer.created_at,
        supersedes=old.judgment_id,
    )


def _after(review: CriterionReview, old: CriterionReview | None) -> CriterionReview:
    return review if old is None else review.model_copy(update={"supersedes": old.answer_id})
