"""The responses to each prompt, as strategies look at them: never all of them at once."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Generic, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.pairing.contents import content_keys
from winnow.pipelines.pairing.mean_logprobs import mean_logprobs
from winnow.pipelines.pairing.strategy import Candidate
from winnow.pipelines.sorting import rows_in_order
from winnow.schemas.comparisons import Comparison
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

T = TypeVar("T")

_LOOKED_AT = (
    "response_id",
    "prompt_id",
    "turns",
    "text",
    "parts",
    "tool_calls",
    "logprob",
    "n_tokens",
)
_PROMPTS = pa.schema({"prompt_id": pa.string()})
_COMPARISONS = pa.schema({"prompt_id": pa.string(), "comparison_id": pa.string()})
_CANDIDATES = pa.schema(
    {
        "prompt_id": pa.string(),
        "response_id": pa.string(),
        "content": pa.string(),
        "score": pa.float64(),
    }
)


class ByPrompt(Generic[T]):
    """Rows in the order of their prompts' ids, asked for in that order and held prompt by prompt."""

    def __init__(self, groups: Iterator[tuple[str, list[T]]]) -> None:
        self._groups = groups
        self._next = next(groups, None)

    def of(self, prompt_id: str) -> list[T]:
        """Return the rows of a prompt that no later one was asked for."""
        while self._next is not None and self._next[0] < prompt_id:
            self._next = next(self._groups, None)
        return self._next[1] if self._next is not None and self._next[0] == prompt_id else []


def candidates_by_prompt(
    staging: Staging,
    scratch: Path,
    *,
    chosen: pa.Array | None = None,
    scores: Mapping[str, float | None] | None = None,
) -> Iterator[tuple[str, list[Candidate]]]:
    """Read the staged responses that say something, prompt by prompt.

    Args:
        staging: Holds the responses; those of which nobody knows what they say are left out.
        scratch: Folder for what is in between.
        chosen: Ids of the responses that count; None for all.
        scores: Scores by response_id; None for the mean log-probability of a response's tokens.

    Yields:
        Prompts in the order of their ids, each with its candidates in the order of theirs.
    """

    def looked_at() -> Iterator[pa.Table]:
        for batch in staging.batches(Response, _LOOKED_AT):
            known = batch.filter(pc.is_valid(batch["text"]))
            if chosen is not None:
                known = known.filter(pc.is_in(known["response_id"], chosen))
            yield _looked_at(known, scores)

    for prompt_id, rows in _grouped(looked_at(), _CANDIDATES, scratch / "candidates"):
        yield prompt_id, [Candidate(*row) for row in rows]


def comparisons_by_prompt(staging: Staging, scratch: Path) -> Iterator[tuple[str, list[str]]]:
    """Read the ids of the staged comparisons, prompt by prompt in the order of the prompts' ids."""
    batches = staging.batches(Comparison, _COMPARISONS.names)
    for prompt_id, rows in _grouped(batches, _COMPARISONS, scratch / "comparisons"):
        yield prompt_id, [comparison_id for (comparison_id,) in rows]


def prompt_ids(staging: Staging, scratch: Path) -> Iterator[str]:
    """Read the ids of the staged prompts in their order."""
    batches = staging.batches(Prompt, _PROMPTS.names)
    return (prompt_id for prompt_id, _ in _grouped(batches, _PROMPTS, scratch / "prompts"))


def _grouped(
    batches: Iterable[pa.Table], schema: pa.Schema, scratch: Path
) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Order rows by their first two columns and group them by the first of them, which is left out of the rows."""
    scratch.mkdir()
    ordered = rows_in_order(
        (b.select(schema.names).cast(schema) for b in batches), schema.names, scratch
    )
    for table in ordered:
        rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
        for key, of_key in groupby(rows, key=itemgetter(0)):
            yield key, [row[1:] for row in of_key]


def _looked_at(responses: pa.Table, scores: Mapping[str, float | None] | None) -> pa.Table:
    contents = content_keys(responses)
    found = mean_logprobs(responses) if scores is None else scores
    ids = responses["response_id"].to_pylist()
    columns = {
        "prompt_id": responses["prompt_id"],
        "response_id": ids,
        "content": [contents[i] for i in ids],
        "score": [found.get(i) for i in ids],
    }
    return pa.table(columns, schema=_CANDIDATES)
