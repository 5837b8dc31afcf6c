"""Settings of the inputs: where prompts, ready comparisons and gold come from, and how columns are named there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from winnow.pipelines.reading.fields import as_code
from winnow.schemas.errors import UnknownName
from winnow.schemas.judgments import Kind, Verdict

Format = Literal["jsonl", "json", "parquet", "csv", "tsv"]

PROMPT_COLUMNS = (
    "id", "prompt", "messages", "system", "tools", "contexts", "reference", "domain", "language",
)  # fmt: skip
RESPONSE_COLUMNS = (
    "responses", "model", "response_a", "response_b", "model_a", "model_b",
    "chosen", "rejected", "chosen_model", "rejected_model",
)  # fmt: skip
JUDGMENT_COLUMNS = (
    "judgment_id", "annotator", "kind", "order", "verdict", "strength", "probability", "rationale",
    "created_at", "seconds", "cost",
)  # fmt: skip
DETAIL_COLUMNS = ("ratings", "rating_a", "rating_b", "criteria", "ranking", "annotator_groups")


def known_encoding(encoding: str | None) -> str | None:
    """Return an encoding as it is.

    Raises:
        ValueError: Python knows no text encoding of that name.
    """
    try:
        "a".encode(encoding or "utf-8")
    except LookupError:
        raise ValueError(
            f"no text encoding is called {encoding!r}; such as utf-8, utf-16, cp1252, latin-1, shift_jis"
        ) from None
    return encoding


class Source(BaseModel):
    """A file, a folder or a data set that rows are read from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    known_columns: ClassVar[tuple[str, ...]] = ()
    """Names that `columns` may map."""

    key: ClassVar[str] = ""
    """Its place in the settings."""

    fillers: ClassVar[tuple[str, ...]] = ()
    """Settings that fill in what rows do not say."""

    path: Path | None = None
    """File (.jsonl, .json, .parquet, .csv, .tsv; text also as .gz or .zst) or folder of such files or of `save_to_disk`."""

    dataset: str | None = None
    """Id of a data set on the Hugging Face hub, in place of `path`."""

    config: str | None = None
    """Configuration of the data set; left out, its only one."""

    split: str | None = None
    """Split of the data set or saved folder; left out, "train" of a hub data set, or the only split of a folder."""

    revision: str | None = None
    """Branch, tag or commit of the data set; a whole commit makes the run repeatable without asking the hub."""

    format: Format | None = None
    """Format of the file or the folder's files; left out, the ending of their names says it."""

    delimiter: Annotated[str, Field(pattern=r'^[^"\r\n]$')] | None = None
    """Character that separates the fields of a .csv or .tsv file; left out, what the header shows."""

    encoding: str | None = None
    """Encoding of a text file, such as "cp1252"; left out, that of its byte-order mark, and UTF-8 where it has none."""

    columns: dict[str, str | None] = {}
    """Winnow's name of a column and the file's, where they differ, such as {prompt: instruction}; null leaves a column unread."""

    max_malformed: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Share of malformed lines, or of malformed responses or judgments in them, above which the run stops before it
    costs anything."""

    _known_encoding = field_validator("encoding")(known_encoding)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.path is None) == (self.dataset is None):
            raise ValueError("give either 'path' or 'dataset'")
        file_only = [k for k in ("delimiter", "encoding") if getattr(self, k)]
        if self.dataset and file_only:
            raise ValueError(f"{file_only[0]!r} is for a 'path', but 'dataset' is given")
        hub_only = [k for k in ("config", "revision") if self.path and getattr(self, k)]
        if hub_only:
            raise ValueError(f"{hub_only[0]!r} is for a data set of the hub, but 'path' is given")
        if self.dataset and self.format:
            raise ValueError("'format' is for files, but 'dataset' is given; drop it")
        for name in self.columns:
            if name not in self.known_columns:
                raise ValueError(UnknownName.among("column", name, self.known_columns).message)
        return self

    @property
    def name(self) -> str:
        """The name that places, such as "prompts.jsonl:17", begin with."""
        return self.path.name if self.path else str(self.dataset)

    @property
    def words(self) -> Mapping[str, Verdict]:
        """The file's own words for verdicts; none where it holds no verdicts."""
        return {}

    @property
    def kept(self) -> tuple[str, ...]:
        """The file's own names of the columns that are kept as metadata; none where it holds no prompts."""
        return ()


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        raise ValueError(f"{twice[0]!r} stands twice; name each column once")
    return names


Kept = Annotated[tuple[str, ...], AfterValidator(_each_once)]
"""Columns that are kept as metadata of the prompts."""


class PromptSource(Source):
    """Prompts, with or without ready responses."""

    key: ClassVar[str] = "prompts"
    known_columns: ClassVar[tuple[str, ...]] = PROMPT_COLUMNS + RESPONSE_COLUMNS

    keep: Kept = ()
    """Columns to keep as `metadata` of the prompts, by the file's own names, such as [difficulty, tests]."""

    sample: Annotated[int, Field(ge=1)] | None = None
    """How many prompts to take, chosen by the hash of seed and prompt_id; left out, all."""

    seed: int = 0
    """Another seed takes another sample."""

    max_characters: Annotated[int, Field(ge=1)] | None = None
    """Longest prompt to take, in characters over all turns; left out, the engine's context length decides."""

    @property
    def kept(self) -> tuple[str, ...]:
        """The columns that are kept as metadata."""
        return self.keep

    @model_validator(mode="after")
    def _check_seed(self) -> Self:
        if self.seed and self.sample is None:
            raise ValueError(
                f"'seed' is {self.seed}, which has no effect without 'sample'; drop it, or say how many to take"
            )
        return self


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
    fillers: ClassVar[tuple[str, ...]] = ("annotator", "kind")

    annotator: str | None = None
    """Annotator of the judgments that name none; left out, those are rejected."""

    kind: Kind = "human"
    """Kind of annotator where the rows do not say."""

    verdicts: Words = {}
    """Meaning of the file's own verdicts, such as {"0": tie, "1": a, "2": b}."""

    @property
    def words(self) -> Mapping[str, Verdict]:
        """The file's own words for verdicts."""
        return self.verdicts


class JudgmentSource(_Judged):
    """Judgments of ready comparisons, one a row, linked by item_id."""

    key: ClassVar[str] = "comparisons.judgments"
    known_columns: ClassVar[tuple[str, ...]] = (
        "item_id", "id", "judged_response", *JUDGMENT_COLUMNS, *DETAIL_COLUMNS,
    )  # fmt: skip


def _as_source(value: Any) -> Any:
    return {"path": value} if isinstance(value, str | Path) else value


class ComparisonSource(_Judged):
    """Ready comparisons: a prompt and its responses a row, with their judgments or with a second file of them.

    Two responses have a column each; `responses` lists as many as stand side by side. `chosen` and `rejected` may stand for `response_a` and `response_b`; then the row says that a is better.
    """

    key: ClassVar[str] = "comparisons"
    known_columns: ClassVar[tuple[str, ...]] = (
        "item_id", *PROMPT_COLUMNS, *RESPONSE_COLUMNS, "judgments", *JUDGMENT_COLUMNS,
        *DETAIL_COLUMNS,
    )  # fmt: skip

    keep: Kept = ()
    """Columns to keep as `metadata` of the prompts, by the file's own names, such as [difficulty, tests]."""

    judgments: Annotated[JudgmentSource | None, BeforeValidator(_as_source)] = None
    """File of judgments, as a path or with settings of its own; left out where the rows hold them or there are none."""

    max_characters: Annotated[int, Field(ge=1)] | None = None
    """Longest prompt to take, in characters over all turns; left out, the engine's context length decides."""

    @property
    def kept(self) -> tuple[str, ...]:
        """The columns that are kept as metadata."""
        return self.keep


class GoldSource(Source):
    """Verdicts known to be right, one a row: of an item_id, or of a prompt's id and the names of two responses."""

    key: ClassVar[str] = "gold"
    fillers: ClassVar[tuple[str, ...]] = ("basis",)
    known_columns: ClassVar[tuple[str, ...]] = ("item_id", "prompt", "a", "b", "verdict", "basis")

    basis: str = "gold"
    """Where the certainty comes from, such as "two authors agreed", for rows that do not say."""

    verdicts: Words = {}
    """Meaning of the file's own verdicts."""

    @property
    def words(self) -> Mapping[str, Verdict]:
        """The file's own words for verdicts."""
        return self.verdicts


class Inputs(BaseModel):
    """Everything a run reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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
        """Return each source by the place it has in the settings."""
        judgments = self.comparisons.judgments if self.comparisons else None
        named: dict[str, Source | None] = {
            "prompts": self.prompts,
            "comparisons": self.comparisons,
            "comparisons.judgments": judgments,
            "gold": self.gold,
        }
        return {name: source for name, source in named.items() if source}
