"""How long an answer took, as far as times of submission tell."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from winnow.schemas.answers import Answer

BREAK = timedelta(minutes=30)
"""A longer gap between two answers of a person is a break, not work."""


def seconds_by_answer(answers: Iterable[Answer]) -> dict[str, float | None]:
    """Return the seconds that passed since the same person's previous answer, by answer_id.

    Argilla keeps no durations. What passed since the previous submission is the time spent on this item, or longer
    where someone paused; after a `BREAK`, and for someone's first answer, a saved draft gives a lower bound, and
    without one the time is unknown.
    """
    last: dict[str, datetime] = {}
    seconds: dict[str, float | None] = {}
    for answer in sorted(answers, key=lambda a: (a.created_at, a.answer_id)):
        seconds[answer.answer_id] = _gap(answer, last.get(answer.annotator_id))
        last[answer.annotator_id] = answer.created_at
    return seconds


def _gap(answer: Answer, previous: datetime | None) -> float | None:
    if previous is not None and answer.created_at - previous <= BREAK:
        return (answer.created_at - previous).total_seconds()
    drafted = answer.created_at - answer.started_at
    is_draft_of_this = previous is None or answer.started_at > previous
    if is_draft_of_this and timedelta(0) < drafted <= BREAK:
        return drafted.total_seconds()
    return None
