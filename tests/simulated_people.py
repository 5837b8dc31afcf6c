"""Four people made up for tests: careful, leaning to the first place, ever more careless, and quick."""

import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from winnow.annotation.queues.tasks import Pairwise, View, item_id
from winnow.schemas.answers import Answer, Shown
from winnow.schemas.ids import canonical_json

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
N_WEEKS = 6


class Person(NamedTuple):
    """How someone answers."""

    name: str
    accuracy: float
    """Probability of naming the better response in the first week."""

    loss: float = 0.0
    """By how much that falls from week to week."""

    lean: float = 0.0
    """Probability of taking the response shown first, whatever it says."""

    seconds: float = 60.0
    """Typical time per item."""


PEOPLE = (
    Person("human:ann", 0.93, seconds=74),
    Person("human:bob", 0.90, lean=0.35, seconds=48),
    Person("human:cem", 0.93, loss=0.1, seconds=61),
    Person("human:dora", 0.88, seconds=29),
)


def answers_of_people(views: Iterable[View], better: Mapping[str, str]) -> list[Answer]:
    """Have each person answer two of three items, spread over six weeks, and every tenth of them twice.

    Args:
        views: What the items show.
        better: The better response_id by comparison_id; where there is none, both are equal.
    """
    task, in_order = Pairwise(), sorted(views, key=lambda view: view.subject_id)
    said = []
    for who, person in enumerate(PEOPLE):
        rng = random.Random(person.name)
        mine = [view for n, view in enumerate(in_order) if (n + who) % 3]
        shown = [(view, 0) for view in mine] + [(view, 1) for view in mine[::10]]
        rng.shuffle(shown)
        for n, (view, copy) in enumerate(shown):
            week, turn = n * N_WEEKS // len(shown), n % (len(shown) // N_WEEKS + 1)
            when = MONDAY + timedelta(
                weeks=week, seconds=turn * person.seconds + rng.uniform(0, 20)
            )
            said.append(_answer(task, view, copy, person, week, when, rng, better))
    return said


def _answer(
    task: Pairwise,
    view: View,
    copy: int,
    person: Person,
    week: int,
    when: datetime,
    rng: random.Random,
    better: Mapping[str, str],
) -> Answer:
    id_ = item_id(view.subject_id, task, copy=copy)
    shown = Shown.model_validate_json(task.card(view, id_, 1, 0).shown)
    return Answer(
        item_id=id_,
        shown=shown,
        annotator_id=person.name,
        status="submitted",
        values=canonical_json({"preference": _preference(person, week, rng, shown, better)}),
        created_at=when,
        started_at=when,
    )


def _preference(
    person: Person, week: int, rng: random.Random, shown: Shown, better: Mapping[str, str]
) -> str:
    best = better.get(shown.subject_id)
    true = "tie" if best is None else "first" if shown.response_ids[0] == best else "second"
    if rng.random() < person.lean:
        said = "first"
    elif rng.random() < person.accuracy - person.loss * week:
        said = true
    else:
        said = rng.choice([p for p in ("first", "second", "tie") if p != true])
    return said if said == "tie" else f"{said}_{rng.choice(('much', 'slightly'))}"
