"""What was run, and what was published."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import ClassVar

from pydantic import model_validator

from winnow.schemas.base import Record, Value
from winnow.schemas.redaction import Shown
from winnow.schemas.rejects import NOT_ASKED_FOR, Stage


class ReasonCount(Value):
    """How many records one reason rejected."""

    reason: str
    """The reason."""

    n: int
    """Records rejected for it."""


class StageCount(Value):
    """What went into a stage and what came out: n_in = n_out + the sum of rejects."""

    stage: Stage
    """The stage."""

    unit: str
    """What is counted, such as "prompts", "requests" or "comparisons"."""

    n_in: int
    """Records that went in."""

    n_out: int
    """Records that came out."""

    rejects: tuple[ReasonCount, ...] = ()
    """The rest, by reason."""

    n_reused: int = 0
    """Of those that came out, how many an earlier attempt had already paid for."""

    seconds: float = 0.0
    """Wall-clock time of the stage."""

    @property
    def rejected(self) -> tuple[ReasonCount, ...]:
        """Reasons that find fault with records; what was merely not asked for is none of them."""
        return tuple(reject for reject in self.rejects if reject.reason not in NOT_ASKED_FOR)

    @property
    def n_rejected(self) -> int:
        """How many records some fault was found with."""
        return self.n_in - self.n_out - self.n_not_asked_for

    @property
    def not_asked_for(self) -> tuple[ReasonCount, ...]:
        """Reasons for which records without a fault were not drawn: the settings asked for fewer."""
        return tuple(reject for reject in self.rejects if reject.reason in NOT_ASKED_FOR)

    @property
    def n_not_asked_for(self) -> int:
        """How many records without a fault were not drawn."""
        return sum(reject.n for reject in self.not_asked_for)

    @property
    def not_asked_for_words(self) -> str:
        """What became of records without a fault that did not come out, in words."""
        return "beyond what a rubric takes" if self.unit == "criteria" else "not drawn"


class ModelUse(Value):
    """A model that a run called."""

    name: str
    """Name in the settings."""

    model: str
    """Name or path that the engine loaded."""

    revision: str | None
    """Commit or content hash; None where the server does not tell."""

    engine: str
    """Engine that ran it."""

    n_requests: int
    """Requests answered for this run, reused ones included."""

    n_prompt_tokens: int | None
    """Tokens read, as far as they were counted; None where no answer came with a count."""

    n_tokens: int | None
    """Tokens generated, as far as they were counted; None where no answer came with a count."""

    n_uncounted: int = 0
    """Of the requests answered, those of which the server did not count the tokens."""

    n_cached_tokens: int | None = None
    """Of the tokens read, those that engines took from their prefix caches; None unless this is known of every answer."""

    @model_validator(mode="before")
    @classmethod
    def _know_older(cls, data: dict[str, object]) -> dict[str, object]:
        # A row from before there was this field.
        return {**data, "n_uncounted": 0} if data.get("n_uncounted", 0) is None else data

    def __add__(self, more: "ModelUse") -> "ModelUse":
        """Add what the same model was asked besides."""
        if not (self.n_requests and more.n_requests):
            return self if self.n_requests else more
        summed = {
            "n_requests": self.n_requests + more.n_requests,
            "n_prompt_tokens": sum_known([self.n_prompt_tokens, more.n_prompt_tokens]),
            "n_tokens": sum_known([self.n_tokens, more.n_tokens]),
            "n_uncounted": self.n_uncounted + more.n_uncounted,
            "n_cached_tokens": sum_if_all_known([self.n_cached_tokens, more.n_cached_tokens]),
        }
        return self.model_copy(update=summed)


def sum_known(counts: Iterable[int | None]) -> int | None:
    """Add up counts as far as they are known; None where there are some and none is known."""
    listed = list(counts)
    known = [count for count in listed if count is not None]
    return sum(known) if known or not listed else None


def sum_if_all_known(counts: Iterable[int | None]) -> int | None:
    """Add up counts; None where one of them is unknown."""
    total = 0
    for count in counts:
        if count is None:
            return None
        total += count
    return total


def cached_share(uses: Sequence[ModelUse]) -> float | None:
    """Compute the share of the tokens read that came from prefix caches; None where it is unknown or nothing was read."""
    n_cached = sum_if_all_known(use.n_cached_tokens for use in uses)
    n_read = sum_if_all_known(use.n_prompt_tokens for use in uses)
    is_whole = not any(use.n_uncounted for use in uses)
    return n_cached / n_read if is_whole and n_cached is not None and n_read else None


def count_in_words(count: int | None, n_uncounted: int = 0) -> str:
    """Write a sum of tokens, of which those of `n_uncounted` answers are unknown."""
    if count is None:
        return "unknown"
    return f"at least {count:,}" if n_uncounted else f"{count:,}"


class Run(Record):
    """One curation run that was published."""

    table: ClassVar[str] = "runs"
    key: ClassVar[tuple[str, ...]] = ("run_id",)

    run_id: str
    """SHA-256 of settings, input contents and code version: the same work has the same run_id."""

    name: str
    """Name in the settings."""

    started_at: datetime
    """When it was first started."""

    finished_at: datetime
    """When it was published."""

    settings: Shown
    """The settings as canonical JSON, secrets left out."""

    code_version: str
    """Version of Winnow that ran it."""

    inputs: str
    """Input files with their SHA-256, as canonical JSON."""

    models: tuple[ModelUse, ...]
    """Models it called."""

    counts: tuple[StageCount, ...]
    """Counts of every stage, in order."""

    n_owed: int = 0
    """Requests that failed and may succeed later; the same command asks them again."""

    n_starts: int = 1
    """How often it was started: more than once where it was stopped and went on."""

    seconds: float | None = None
    """Time that was worked on it, all starts together; None where an older Winnow ran it."""


class Release(Record):
    """An immutable name for what one run published."""

    table: ClassVar[str] = "releases"
    key: ClassVar[tuple[str, ...]] = ("release",)

    release: str
    """Name and number, such as "preferences@3"."""

    name: str
    """Name without the number."""

    number: int
    """1 for the first release of that name."""

    run_id: str
    """Run that made it."""

    created_at: datetime
    """When it was published."""

    n_preferences: int
    """Rows it holds."""

    content_hash: str
    """SHA-256 over the sorted preference_ids and splits: two releases with one hash hold the same rows."""

    audit: str
    """Result of the audit as canonical JSON: each expectation with whether it held."""

    agreement: str | None = None
    """How far its annotators agree, as canonical JSON of `AgreementFigures`; None where nobody measured it, as in an older Winnow."""
