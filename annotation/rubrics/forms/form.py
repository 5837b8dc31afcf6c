"""What every form of rubrics offers: a row of a file as a model, read into a rubric and written from one."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from pydantic import BaseModel

from winnow.schemas.prompts import Prompt
from winnow.schemas.registry import Registry
from winnow.schemas.rubrics import Criterion, Rubric

IMPORTED = "imported"
"""Who wrote a rubric whose file does not say."""


class WrittenRubric(NamedTuple):
    """A rubric as a file has it, with the prompt that it is for."""

    rubric: Rubric
    """The rubric."""

    criteria: tuple[Criterion, ...]
    """Its criteria, in order."""

    prompt: Prompt | None
    """The prompt; None where it applies to more than one, or its text is not known."""


Entry = TypeVar("Entry", bound=BaseModel)


class FileForm(ABC, Generic[Entry]):
    """A way to write rubrics as rows of a file, one rubric a row."""

    name: ClassVar[str]
    """Name in commands and settings; registering sets it."""

    version: ClassVar[int]
    """Grows when rows are read otherwise; registering sets it."""

    entry: ClassVar[type[BaseModel]]
    """What a row has to hold."""

    @abstractmethod
    def fits(self, row: Mapping[str, Any]) -> bool:
        """Tell by its keys whether a row looks like one of this form."""

    @abstractmethod
    def read(self, entry: Entry, place: str) -> WrittenRubric:
        """Return the rubric of a row.

        Args:
            entry: The row.
            place: File and row that it came from, such as "rubrics.jsonl:17".
        """

    def keep(self, written: WrittenRubric, row: Mapping[str, Any]) -> WrittenRubric:
        """Keep with the prompt of a rubric what its row holds beside, to be written again; most forms hold nothing else."""
        return written

    @abstractmethod
    def lacks(self, written: WrittenRubric) -> str | None:
        """Say what of a rubric the form has no place for; None where it carries all of it."""

    @abstractmethod
    def write(self, written: WrittenRubric) -> dict[str, Any]:
        """Return the row of a rubric that the form carries, as plain data."""

    def write_columns(self, written: WrittenRubric) -> dict[str, Any]:
        """Return the row as `write` does, for a table, where each key has one kind of value in all rows."""
        return self.write(written)


RUBRIC_FORMS: Registry[FileForm[Any]] = Registry("form of rubrics")
"""Forms by name; `winnow.annotation.rubrics.forms` fills it."""


def named_form(name: str) -> FileForm[Any]:
    """Return the form of a name.

    Raises:
        UnknownName: There is none.
    """
    return RUBRIC_FORMS.find(name)()


def form_of(row: Mapping[str, Any]) -> FileForm[Any] | None:
    """Return the form that a row looks like; None where it looks like none."""
    return next((form for kind in RUBRIC_FORMS.values() if (form := kind()).fits(row)), None)
