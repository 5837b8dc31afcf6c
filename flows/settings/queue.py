"""Settings of one queue that people work on: a YAML file, or nothing for a pairwise queue of everything."""

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, ValidationError, model_validator

from winnow.annotation.queues.selection import SelectionSettings
from winnow.annotation.queues.tasks import TASKS, Task
from winnow.flows.settings.errors import invalid_settings
from winnow.flows.settings.files import read_yaml
from winnow.schemas.explaining import KeysClash
from winnow.schemas.plug_ins import PlugInSettings
from winnow.schemas.registry import Registry


class QueueSettings(PlugInSettings[Task]):
    """Which comparisons of which release people judge, how, and who they are."""

    named_by: ClassVar[str] = "task"
    registry: ClassVar[Registry[Task]] = TASKS

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")] = "pairwise"
    """Name of the queue, in Argilla and here."""

    task: str = "pairwise"
    """Kind of task: pairwise, ratings, ranking, checklist, rubric_review or edit."""

    release: str = "preferences"
    """Release whose run supplies the comparisons: a name for the newest, or "preferences@3"."""

    rubrics: Literal["all"] | tuple[str, ...] | None = None
    """Rubrics of the warehouse that people review, by name or id, or all of them, in place of those that a release's comparisons have; for task rubric_review."""

    selection: SelectionSettings = SelectionSettings()
    """Which comparisons, gold and repeats, and the budget."""

    workspace: str = "winnow"
    """Workspace in Argilla; its members see the shared queue."""

    people: tuple[str, ...] = ()
    """Accounts that work on the queue; a third opinion comes from one of them, or where none is named from whoever
    annotates in the workspace."""

    seniors: tuple[str, ...] = ()
    """Accounts that decide where three people did not agree."""

    @model_validator(mode="after")
    def _check_rubrics(self) -> Self:
        if self.rubrics is not None and self.task != "rubric_review":
            raise ValueError(
                f"'rubrics' is for task rubric_review, and the task is {self.task}; leave 'rubrics' out"
            )
        if self.rubrics == ():
            raise ValueError("'rubrics' names none; write their names, or all")
        # What was kept of a queue names every key, so that only another release than the usual one was chosen.
        if self.rubrics is not None and self.release != type(self).model_fields["release"].default:
            raise KeysClash(
                "'rubrics' stands beside 'release'; leave one out", "rubrics", "release"
            )
        return self


def load_queue_settings(path: Path | None) -> QueueSettings:
    """Read and check the settings of a queue; without a file, those of a pairwise queue.

    Raises:
        InvalidSettings: The file is missing or no YAML, or a key or value is wrong; says which and what to do.
    """
    if path is None:
        return QueueSettings()
    data = read_yaml(path, such_as="'name', 'task' and 'release'")
    try:
        return QueueSettings.model_validate(data)
    except ValidationError as error:
        raise invalid_settings(path, QueueSettings, error) from None
