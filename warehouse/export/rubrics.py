"""Prompts with their rubrics as rows, in the forms of trainers."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    NoReturn,
    Union,
    get_args,
    get_origin,
)

from pydantic import BaseModel

from winnow.schemas.new_rubrics import NewRubric
from winnow.schemas.rubric_forms import AskedRubric, FormRow
from winnow.warehouse.export.carries import Carries, why_left_out
from winnow.warehouse.export.chat import told
from winnow.warehouse.export.layout import Content, Layout, PreferenceText, Rows

if TYPE_CHECKING:
    from datasets import Features

_PROMPTS = Carries(responses=False)


class RubricsInForce(NamedTuple):
    """The rubrics that may be used."""

    of: Callable[[str, str | None], NewRubric | None]
    """Finds the rubric of a prompt by its id and domain; None where it has none."""

    sha256: str
    """Hash of all that they say, by which one export is told from another."""


FindRubrics = Callable[[bool], RubricsInForce]
"""Looks up the rubrics in force, with those that nothing has proven yet or without."""


def no_rubrics(_: bool) -> NoReturn:
    """Stand for the rubrics of an export that writes none."""
    raise RuntimeError("no rubrics were given")


class RubricLayout(Layout, ABC):
    """One row for each prompt that has a rubric, in a form of `winnow.schemas.rubric_forms`."""

    form: ClassVar[type[FormRow]]
    """The form."""

    unproven: bool = False
    """Write derived rubrics that nothing has proven yet as well."""

    @property
    def unit(self) -> str:
        """What one row is."""
        return "prompts"

    @property
    def rubrics(self) -> Literal["proven", "all"]:
        """Which rubrics it wants."""
        return wanted_rubrics(self.unproven)

    @property
    @abstractmethod
    def read_by(self) -> str:
        """Say in one sentence what loads the folder."""

    def features(self, content: Content) -> "Features":
        """List the columns of the form, and those that lead back."""
        return rubric_features(self.form)

    def rows(self, group: Sequence[PreferenceText], content: Content) -> Rows:
        """Yield the row of a prompt, or why there is none."""
        return rubric_rows(self.form, group)


def wanted_rubrics(unproven: bool) -> Literal["proven", "all"]:
    """Say which rubrics a layout wants."""
    return "all" if unproven else "proven"


def rubric_features(form: type[FormRow]) -> "Features":
    """List the columns of a form, and those that lead back to the warehouse."""
    from datasets import Features, List, Value

    string = Value("string")
    trace = {"prompt_id": string, "rubric_id": string, "preference_ids": List(string)}
    return Features(_columns(form) | trace)


def rubric_rows(form: type[FormRow], group: Sequence[PreferenceText], **columns: Any) -> Rows:
    """Yield the row of a prompt with its rubric.

    Args:
        form: How it is written.
        group: The preferences of the prompt, with its rubric.
        **columns: Columns of the form that hold something else than the form itself says.
    """
    first, parts = group[0], told(group[0])
    if reason := why_left_out(parts, _PROMPTS):
        return Rows([], [reason])
    found = first.get("rubric")
    if found is None:
        return Rows([], ["no_rubric"])
    asked = AskedRubric(parts.asked, found.rubric, found.criteria, first["reference"])
    if reason := form.why_left_out(asked):
        return Rows([], [reason])
    trace = {
        "prompt_id": first["prompt_id"],
        "rubric_id": found.rubric.rubric_id,
        "preference_ids": [p["preference_id"] for p in group],
    }
    return Rows([form.write(asked).model_dump(mode="json") | columns | trace], [])


def _columns(model: type[BaseModel]) -> dict[str, Any]:
    return {name: _column(field.annotation) for name, field in model.model_fields.items()}


def _column(kind: Any) -> Any:
    """Return the column type of a field."""
    from datasets import List, Value

    kinds = [k for k in get_args(kind) if k is not type(None)]
    match get_origin(kind):
        case origin if origin in (list, tuple):
            return List(_column(kinds[0]))
        case origin if origin in (Union, UnionType):
            return Value("string") if len(kinds) > 1 else _column(kinds[0])
        case origin if origin is Literal:
            return Value("string")
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _columns(kind)
    return Value({str: "string", float: "float64", int: "int64"}[kind])
