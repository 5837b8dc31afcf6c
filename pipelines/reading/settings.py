"""Settings of the inputs: where prompts, ready comparisons and gold come from, and how columns are named there."""

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pipelines.reading.fields import as_code
from schemas.errors import UnknownName
from schemas.judgments import Kind, Verdict

Format = Literal["jsonl", "json", "parquet", "csv", "tsv"]

PROMPT_COLUMNS = (
    "id", "prompt", "messages", "system", "tools", "contexts", "reference", "domain", "language",
)  # fmt: skip
RESPONSE_COLUMNS = (
    "responses", "model", "response_a", "response_b", "model_a", "model_b",
    "chosen", "rejected", "chosen_model", "rejected_model",
)  # fmt: skip
JUDGMENT_COLUMNS = (
    "annotator", "kind", "order", "verdict", "strength", "probability", "rationale", "created_at",
)  # fmt: skip


class Source(BaseModel):
    """A file, a folder or a data set that rows are read from."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    known_columns: ClassVar[tuple[str, ...]] = ()
    """Names that `columns` may map."""

    path: Path | None = None
    """File (.jsonl, .json, .parquet, .csv, .tsv; text also as .gz) or folder of such files or of `save_to_disk`."""

    dataset: str | None = None
    """Id of a data set on the Hugging Face hub, in place of `path`."""

    config: str | None = None
    """Configuration of the data set; None for its only one."""

    split: str | None = None
    """Split of the data set or saved folder; None for "train" of a hub data set, or the only split of a folder."""

    revision: str | None = None
    """Branch, tag or commit of the data set; a whole commit makes the run repeatable without asking the hub."""

    format: Format | None = None
    """Format of the file or the folder's files; None goes by the name."""

    columns: dict[str, str | None] = {}
    """Column of the file for each of our names that differs, such as {prompt: instruction}; null leaves one unread."""

    max_malformed: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Share of malformed lines above which the run stops before it costs anything."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.path is None) == (self.dataset is None):
            raise ValueError("give either 'path' or 'dataset'")
        hub_only = [k for k in ("config", "revision") if self.path and getattr(self, k)]
        if hub_only:
            raise ValueError(f"{hub_only[0]!r} is for a data set of the hub, but 'path' is given")
        for name in self.columns:
            if name not in self.known_columns:
                raise ValueError(UnknownName.among("column", name, self.known_columns).message)
        return self

    @property
    def name(self) -> str:
        """The name that places, such as "prompts.jsonl:17", begin with."""
        return self.path.name if self.path else str(self.dataset)


class PromptSource(Source):
    """Prompts, with or without ready responses."""

    known_columns: ClassVar[tuple[str, ...]] = PROMPT_COLUMNS + RESPONSE_COLUMNS

    sample: Annotated[int, Field(ge=1)] | None = None
    """Prompts to take, chosen by the hash of seed and prompt_id; None for all."""

    seed: int = 0
    """Another seed takes another sample."""

    max_characters: Annotated[int, Field(ge=1)] | None = None
    """Longest prompt to take, in characters over all turns; None leaves it to the engine's context length."""


def _with_text_keys(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if odd := [key for key in value if not isinstance(key, str | int | float)]:
        raise ValueError(f"the key {odd[0]!s} is no text; put it in quotes, as the file writes it")
    # YAML reads the key 1 as a number and yes as true: the file's own word is its text.
    return {k if isinstance(k, str) else as_code(k): v for k, v in value.items()}


Words = Annotated[dict[str, Verdict], BeforeValidator(_with_text_keys)]
"""Meaning of a file's own words for verdicts."""


class _Judged(Source):
    annotator: str | None = None
    """Annotator of the judgments that name none; None rejects those."""

    kind: Kind = "human"
    """Kind of annotator where the rows do not say."""

    verdicts: Words = {}
    """Meaning of the file's own verdicts, such as {"0": tie, "1": a, "2": b}."""


class JudgmentSource(_Judged):
    """Judgments of ready comparisons, one a row, linked by item_id."""

    known_columns: ClassVar[tuple[str, ...]] = ("item_id", *JUDGMENT_COLUMNS)


def _as_source(value: Any) -> Any:
    return {"path": value} if isinstance(value, str | Path) else value


class ComparisonSource(_Judged):
    """Ready comparisons: a prompt and two responses a row, with their judgments or with a second file of them.

    `chosen` and `rejected` may stand for `response_a` and `response_b`; then the row says that a is better.
    """

    known_columns: ClassVar[tuple[str, ...]] = (
        "item_id", *PROMPT_COLUMNS, *RESPONSE_COLUMNS[2:], "judgments", *JUDGMENT_COLUMNS,
    )  # fmt: skip

    judgments: Annotated[JudgmentSource | None, BeforeValidator(_as_source)] = None
    """File of judgments, as a path or with settings of its own; None where the rows hold them or there are none."""

    max_characters: Annotated[int, Field(ge=1)] | None = None
    """As for prompts."""


class GoldSource(Source):
    """Verdicts known to be right, one a row: of an item_id, or of a prompt's id and the names of two responses."""

    known_columns: ClassVar[tuple[str, ...]] = ("item_id", "prompt", "a", "b", "verdict", "basis")

    basis: str = "gold"
    """Where the certainty comes from, for rows that do not say."""

    verdicts: Words = {}
    """Meaning of the file's own verdicts."""


class Inputs(BaseModel):
    """Everything a run reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    prompts: PromptSource | None = None
    """Prompts to sample responses to."""

    comparisons: ComparisonSource | None = None
    """Ready comparisons, with their judgments where there are any."""

    gold: GoldSource | None = None
    """Gold verdicts on ready comparisons or on ready responses."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.prompts is None and self.comparisons is None:
            raise ValueError("give 'prompts', 'comparisons' or both")
        return self

    def sources(self) -> dict[str, Source]:
        """Give each source by the place it has in the settings."""
        judgments = self.comparisons.judgments if self.comparisons else None
        named: dict[str, Source | None] = {
            "prompts": self.prompts,
            "comparisons": self.comparisons,
            "comparisons.judgments": judgments,
            "gold": self.gold,
        }
        return {name: source for name, source in named.items() if source}
