"""Rubrics of a warehouse as items of a queue, without a release."""

from collections.abc import Iterator, Sequence
from typing import Literal

from winnow.annotation.queues.tasks import RubricReview, Task, View
from winnow.flows.rubrics.shelf import Shelf
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.rubrics import Rubric
from winnow.warehouse.catalog import Warehouse


def rubric_views(
    warehouse: Warehouse, chosen: Literal["all"] | Sequence[str], task: Task
) -> dict[str, View]:
    """Return what people see of rubrics, by rubric_id.

    One that is for no single prompt is shown with a line that says what it is for.

    Args:
        warehouse: Where they are.
        chosen: Their names or ids; "all" for every one that no other replaces.
        task: What people are asked.

    Raises:
        InvalidSettings: The task is not about rubrics, or there are none.
        UnknownName: There is no rubric of a name.
    """
    if not isinstance(task, RubricReview):
        raise InvalidSettings(
            f"'rubrics' is for task 'rubric_review', and the task is '{task.name}'; leave one out"
        )
    shelf = Shelf.of(warehouse)
    rubrics = shelf.newest if chosen == "all" else [shelf.find(name) for name in chosen]
    if not rubrics:
        raise InvalidSettings(
            "the warehouse holds no rubrics; bring some in with winnow rubrics import FILE"
        )
    return {view.subject_id: view for view in _views(shelf, rubrics)}


def _views(shelf: Shelf, rubrics: Sequence[Rubric]) -> Iterator[View]:
    for rubric in rubrics:
        prompt = shelf.prompts.get(str(rubric.prompt_id)) or _stand_in(rubric)
        yield View(rubric.rubric_id, prompt, (), tuple(shelf.criteria[rubric.rubric_id]))


def _stand_in(rubric: Rubric) -> Prompt:
    what = f"every prompt of the domain {rubric.domain}" if rubric.domain else "every prompt"
    told = Message(role="system", content=f"The rubric {rubric.name} is for {what}.")
    return Prompt(messages=(told,), source="rubric")
