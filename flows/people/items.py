"""What the items of a queue show: comparisons, responses and rubrics of one release, out of the warehouse."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

import pyarrow as pa

from winnow.annotation.queues.tasks import Edit, Pairwise, Ranking, RubricReview, Task, View
from winnow.schemas.answers import Shown
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.judgments import Verdict
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, Rubric
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.releases import release
from winnow.warehouse.sql import quote

Row = TypeVar("Row", bound=Record)

_IN_FORCE = "rubric_id NOT IN (SELECT replaces FROM rubrics WHERE replaces IS NOT NULL)"
"""Says of a rubric that no later version replaces it."""


def release_views(warehouse: Warehouse, reference: str, task: Task) -> dict[str, View]:
    """Return what a task can show of a release, by the id of its subject.

    Comparisons of two become one item each; a ranking takes the first responses of each prompt that has enough of
    them; an edit takes the likelier response of each comparison; a review takes each rubric of one prompt.

    Raises:
        UnknownName: There is no such release.
    """
    run_id = release(warehouse, reference).run_id
    judged = f"SELECT comparison_id FROM labels WHERE run_id = {quote(run_id)}"
    comparisons = _rows(warehouse, Comparison, f"comparison_id IN ({judged})")
    prompts = {p.prompt_id: p for p in _rows(warehouse, Prompt, _among("prompt_id", judged))}
    responses = {r.response_id: r for r in _rows(warehouse, Response, _among("prompt_id", judged))}
    criteria = _criteria(warehouse)
    views = (
        View(
            c.comparison_id,
            prompts[c.prompt_id],
            tuple(responses[i] for i in c.response_ids),
            criteria.get(c.prompt_id, criteria.get(None, ())),
        )
        for c in comparisons
    )
    return {view.subject_id: view for view in _for_task(task, views, warehouse, run_id)}


def views_of(warehouse: Warehouse, items: Iterable[Shown]) -> dict[str, View]:
    """Return what items of a queue show, whichever release they came from, by the id of the subject.

    Items whose texts this warehouse does not hold are left out.
    """
    shown = {item.subject_id: item for item in items}
    prompts = _by_id(warehouse, Prompt, (s.prompt_id for s in shown.values()))
    responses = _by_id(warehouse, Response, (i for s in shown.values() for i in s.response_ids))
    criteria = _by_id(warehouse, Criterion, (i for s in shown.values() for i in s.criterion_ids))
    return {
        s.subject_id: View(
            s.subject_id,
            prompts[s.prompt_id],
            tuple(responses[i] for i in sorted(s.response_ids)),
            tuple(criteria[i] for i in s.criterion_ids),
        )
        for s in shown.values()
        if s.prompt_id in prompts
        and responses.keys() >= set(s.response_ids)
        and criteria.keys() >= set(s.criterion_ids)
    }


def suggestions_of(labels: pa.Table, task: Task) -> dict[str, Verdict]:
    """Return the likeliest verdict of each comparison by its label (comparison_id, p_a, p_b, p_tie).

    Raises:
        InvalidSettings: The task has no question that a verdict answers.
    """
    if not isinstance(task, Pairwise):
        raise InvalidSettings(
            f"task '{task.name}' cannot show suggestions, only 'pairwise' can; push it without --suggestions"
        )
    verdicts: tuple[Verdict, ...] = ("a", "b", "tie")
    return {
        row["comparison_id"]: max(verdicts, key=lambda verdict: row[f"p_{verdict}"])
        for row in labels.to_pylist()
    }


def _by_id(warehouse: Warehouse, record: type[Row], ids: Iterable[str]) -> dict[str, Row]:
    (key,) = record.key
    wanted = ", ".join(map(quote, sorted(set(ids))))
    rows = _rows(warehouse, record, f"{key} IN ({wanted})") if wanted else []
    return {getattr(row, key): row for row in rows}


def _rows(warehouse: Warehouse, record: type[Row], where: str) -> list[Row]:
    key = ", ".join(record.key)
    found = warehouse.query(f"SELECT * FROM {record.table} WHERE {where} ORDER BY {key}")
    return record.from_table(found.select(list(record.model_fields)))


def _among(column: str, judged: str) -> str:
    return f"{column} IN (SELECT {column} FROM comparisons WHERE comparison_id IN ({judged}))"


def _criteria(warehouse: Warehouse) -> dict[str | None, tuple[Criterion, ...]]:
    """Return the criteria in force of each prompt that has a rubric; under None those of rubrics for everything."""
    of_rubric = {
        r.rubric_id: r.prompt_id
        for r in _rows(warehouse, Rubric, f"domain IS NULL AND {_IN_FORCE}")
    }
    found: dict[str | None, list[Criterion]] = defaultdict(list)
    for criterion in _rows(warehouse, Criterion, "true"):
        if criterion.rubric_id in of_rubric:
            found[of_rubric[criterion.rubric_id]].append(criterion)
    return {prompt_id: tuple(criteria) for prompt_id, criteria in found.items()}


def _for_task(
    task: Task, views: Iterable[View], warehouse: Warehouse, run_id: str
) -> Iterable[View]:
    if isinstance(task, Ranking):
        return _groups(views, task.n_responses)
    if isinstance(task, Edit):
        return _likelier(views, warehouse, run_id)
    if isinstance(task, RubricReview):
        return [
            View(v.criteria[0].rubric_id, v.prompt, (), v.criteria) for v in views if v.criteria
        ]
    return [view for view in views if len(view.responses) == 2]


def _groups(views: Iterable[View], n_responses: int) -> list[View]:
    prompts: dict[str, Prompt] = {}
    answers: dict[str, dict[str, Response]] = defaultdict(dict)
    for view in views:
        prompts[view.prompt.prompt_id] = view.prompt
        known = {r.response_id: r for r in view.responses if r.is_known}
        answers[view.prompt.prompt_id] |= known
    groups = []
    for prompt_id, found in answers.items():
        chosen = tuple(found[i] for i in sorted(found))[:n_responses]
        if len(chosen) < n_responses:
            continue
        group = Comparison(
            prompt_id=prompt_id, response_ids=tuple(r.response_id for r in chosen), strategy="group"
        )
        groups.append(View(group.comparison_id, prompts[prompt_id], chosen))
    return groups


def _likelier(views: Iterable[View], warehouse: Warehouse, run_id: str) -> list[View]:
    labels = warehouse.query(
        f"SELECT comparison_id, p_b > p_a AS is_b FROM labels WHERE run_id = {quote(run_id)}"
    )
    is_b = {row["comparison_id"]: row["is_b"] for row in labels.to_pylist()}
    chosen = [(view.prompt, view.responses[int(is_b[view.subject_id])]) for view in views]
    return [View(response.response_id, prompt, (response,)) for prompt, response in chosen]
