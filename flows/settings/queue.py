"""Settings of one queue that people work on: a YAML file, or nothing for a pairwise queue of everything."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, ValidationError

from winnow.annotation.queues.selection import SelectionSettings
from winnow.annotation.queues.tasks import TASKS, Task
from winnow.flows.settings.errors import invalid_settings
from winnow.flows.settings.files import read_yaml
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

    selection: SelectionSettings = SelectionSettings()
    """Which comparisons, gold and repeats, and the budget."""

    workspace: str = "winnow"
    """Workspace in Argilla; its members see the shared queue."""

    people: tuple[str, ...] = ()
    """Accounts that work on the queue; a third opinion comes from one of them, or where none is named from whoever
    annotates in the workspace."""

    seniors: tuple[str, ...] = ()
    """Accounts that decide where three people did not agree."""


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
