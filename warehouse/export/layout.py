"""What a format is: how the preferences of one prompt become the rows that a trainer reads."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, NotRequired, TypedDict

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from winnow.schemas.judgments import CriterionAnswer
from winnow.schemas.new_rubrics import NewRubric
from winnow.schemas.registry import Registry

if TYPE_CHECKING:
    from datasets import Features

SIDES = ("chosen", "rejected")
"""The responses of a preference, by which its columns are named."""


class VerdictText(TypedDict):
    """One verdict on one criterion with its texts, as the warehouse gives it; see `schemas` for what each column means."""

    judgment_id: str
    annotator_id: str
    kind: str
    rubric_id: str
    response_id: str
    criterion_id: str
    criterion: str
    criterion_kind: str
    verdict: CriterionAnswer
    evidence: str | None


class StepText(TypedDict):
    """One judgment of a step, as the warehouse gives it; see `schemas` for what each column means."""

    judgment_id: str
    annotator_id: str
    kind: str
    response_id: str
    step: dict[str, Any]
    verdict: str | None
    ratings: list[dict[str, Any]]
    rationale: str


class PreferenceText(TypedDict):
    """One preference with its texts, as the warehouse's views give it; see `schemas` for what each column means."""

    preference_id: str
    comparison_id: str
    prompt_id: str
    chosen_id: str
    rejected_id: str
    prompt: list[dict[str, Any]]
    tools: str | None
    contexts: list[str]
    chosen: str
    rejected: str
    chosen_tool_calls: list[dict[str, Any]]
    rejected_tool_calls: list[dict[str, Any]]
    chosen_turns: list[dict[str, Any]]
    rejected_turns: list[dict[str, Any]]
    chosen_parts: list[dict[str, Any]]
    rejected_parts: list[dict[str, Any]]
    chosen_steps: list[dict[str, Any]]
    rejected_steps: list[dict[str, Any]]
    chosen_made: str | None
    rejected_made: str | None
    chosen_parent_id: str | None
    rejected_parent_id: str | None
    chosen_model: str
    rejected_model: str
    is_tied: bool
    confidence: float
    margin: float
    length_controlled_margin: float | None
    evidence: list[str]
    split: str
    domain: str | None
    language: str | None
    source: str
    reference: str | None
    metadata: str | None
    rubric: NotRequired[NewRubric | None]
    """The rubric that its prompt is judged by, where the layout wants rubrics."""
    verdicts: NotRequired[list[VerdictText] | None]
    """On the first of a prompt, verdicts on criteria of all responses to it, where the layout wants verdicts."""
    step_judgments: NotRequired[list[StepText] | None]
    """On the first of a prompt, judgments of steps of all responses to it, in the order of the steps, where the layout wants steps."""


MarginKind = Literal["posterior", "length_controlled"]
"""Which margin an export carries: as the label has it, or with what length adds taken out, below 0 where it was all."""


def margin_of(preference: PreferenceText, kind: MarginKind) -> float | None:
    """Return the margin of one kind; None where the release has none of that kind."""
    row: Any = preference
    margin: float | None = row[margin_column(kind)]
    return margin


def margin_column(kind: MarginKind) -> str:
    """Name the column that holds margins of one kind."""
    return "margin" if kind == "posterior" else "length_controlled_margin"


OF_LINEAGE = frozenset(
    {
        "comparison_id",
        "chosen_model",
        "rejected_model",
        "evidence",
        "language",
        "domain",
        "reference",
    }
)
"""Columns of `PreferenceText` that tell where a preference comes from and what kind it is, and not what was said."""

OLDEST_DATASETS = "3.6"
"""Reads columns of text, numbers, lists and structs, which is all that a file holds unless its layout says more."""

JSON_DATASETS = "4.7"
"""The first `datasets` that knows columns of JSON."""


class Content(NamedTuple):
    """What occurs anywhere in a release, so that no column is wider than it has to be."""

    has_tools: bool
    """Whether a prompt offers tools."""

    has_tool_turns: bool
    """Whether a turn or a response calls a tool, answers a call or names its speaker."""

    has_metadata: bool = False
    """Whether a prompt has metadata."""

    silent: frozenset[str] = frozenset()
    """Columns of `PreferenceText` that say nothing in any row: null or empty, or that a response was made as most are."""


class Rows(NamedTuple):
    """What one prompt gave: every unit of the format is either a row or left out."""

    rows: list[dict[str, Any]]
    """Rows with the columns of the format's features."""

    left_out: list[str]
    """The reason of each unit that the format cannot hold, such as "tied"."""


class ManyRows(NamedTuple):
    """What many plain preferences gave."""

    rows: pa.Table
    """Rows with the columns of the format's features, in the order of the preferences."""

    is_kept: npt.NDArray[np.bool_]
    """Whether each preference is among them."""

    left_out: Counter[str]
    """How many the format cannot hold, by reason."""


class Layout(BaseModel, ABC):
    """One layout of rows. Its fields are the options of the format."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    """What settings and commands call it; registering sets it."""

    version: ClassVar[int]
    """Grows whenever the same release would be written otherwise; registering sets it."""

    file_type: ClassVar[Literal["parquet", "jsonl"]] = "parquet"
    """What the data files are."""

    @property
    def unit(self) -> str:
        """What one row is: "preferences", "responses", "prompts", "verdicts" or "principles"."""
        return "preferences"

    @property
    @abstractmethod
    def read_by(self) -> str:
        """Say in one sentence what loads the folder."""

    @property
    def rubrics(self) -> Literal["proven", "all"] | None:
        """Which rubrics it wants with the preferences: those in force, or those that nothing has proven yet as well."""
        return None

    @property
    def verdicts(self) -> bool:
        """Whether it wants the verdicts on criteria with the preferences."""
        return False

    @property
    def steps(self) -> bool:
        """Whether it wants the judgments of steps with the preferences."""
        return False

    def oldest_datasets(self, content: Content) -> str:
        """Return the oldest version of `datasets` that loads the files as they were written."""
        return OLDEST_DATASETS

    @abstractmethod
    def features(self, content: Content) -> "Features":
        """List the columns, for a release that holds `content`."""

    @abstractmethod
    def rows(self, group: Sequence[PreferenceText], content: Content) -> Rows:
        """Yield the rows of one prompt.

        Args:
            group: All preferences of the prompt, at least one.
            content: As given to `features`; both must agree on the columns.
        """

    def unread(self, content: Content) -> frozenset[str]:
        """List the columns of `PreferenceText` that its rows do not depend on; they come without a value."""
        return frozenset()

    def columns(self, rows: pa.Table, content: Content) -> ManyRows | None:
        """Do what `rows` does for many prompts of plain text at once; None where the format goes prompt by prompt.

        Args:
            rows: Preferences, columns of `PreferenceText`, all of which are plain; see `winnow.warehouse.export.plain`.
            content: As given to `features`.
        """
        return None


FORMATS: Registry[Layout] = Registry("format")
"""Formats by name; `winnow.warehouse.export.formats` fills it."""
