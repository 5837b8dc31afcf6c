"""What a response looks like, counted without reading it."""

from collections.abc import Callable, Collection
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from winnow.pipelines.in_threads import in_threads
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_OPENING = (
    r"^\W{0,4}(?i:sure|certainly|of course|absolutely|definitely|great question|good question|"
    r"thank you for|thanks for|i'd be happy to|i’d be happy to|happy to help|yes, of course)\b"
)
_REFUSAL = (
    r"^\W{0,4}(?i:(?:i'm|i’m|i am|we're) (?:very |really |so )?(?:sorry|afraid|unable|not able)|sorry\b|"
    r"i (?:cannot|can't|can’t|won't|won’t|will not|do not|don't|don’t) |unfortunately|i apologi[sz]e|"
    r"as an? (?:ai|artificial|(?:large )?language model))"
)


def _matches(pattern: str) -> Callable[[pa.Array], pa.Array]:
    return lambda texts: pc.count_substring_regex(texts, pattern)


def _literal(mark: str) -> Callable[[pa.Array], pa.Array]:
    return lambda texts: pc.count_substring(texts, mark)


def _words(texts: pa.Array) -> pa.Array:
    trimmed = pc.ascii_trim_whitespace(texts)
    n_words = pc.list_value_length(pc.ascii_split_whitespace(trimmed))
    return pc.if_else(pc.equal(trimmed, ""), 0, n_words)  # splitting nothing gives one empty word


SURFACE: dict[str, Callable[[pa.Array], pa.Array]] = {
    "length": pc.utf8_length,
    "words": _words,
    "paragraphs": _matches(r"\S[ \t]*\n[ \t]*\n\s*\S"),
    "lists": _matches(r"(?m)^[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+\S"),
    "headings": _matches(r"(?m)^#{1,6}[ \t]+\S"),
    "bold": _matches(r"\*\*[^*\n]+\*\*"),
    "code": _literal("```"),
    "tables": _matches(r"(?m)^[ \t]*\|.*\|[ \t]*$"),
    "links": _matches(r"https?://"),
    "exclamation": _literal("!"),
    "emoji": _matches(r"[\x{1F300}-\x{1FAFF}\x{2600}-\x{27BF}]"),
    "opening": _matches(_OPENING),
    "refusal": _matches(_REFUSAL),
}  # fmt: skip
"""Counts over a column of texts, by the name of the shortcut; `length` is in characters.

Of a response of several turns the text is all that the assistant said.
"""

_READ = ("response_id", "prompt_id", "model", "turns", "text")


class Surface(NamedTuple):
    """What responses look like."""

    ids: pa.Array
    """response_ids."""

    counts: dict[str, Floats]
    """Each count, shape (n_responses,)."""

    models: pa.Array
    """Names of the models that wrote them."""

    def rows_of(self, response_ids: pa.Array | pa.ChunkedArray) -> Integers:
        """Return the row of each response."""
        return np.asarray(pc.index_in(response_ids, value_set=self.ids).cast(pa.int64()))


def read_surface(staging: Staging, wanted: pa.Array, names: Collection[str]) -> Surface:
    """Count what is asked for in the staged responses, one batch of texts in memory at a time.

    Args:
        staging: Holds the responses.
        wanted: response_ids to look at.
        names: Which counts, of `SURFACE`.
    """
    ids, models = [pa.array([], pa.string())], [pa.array([], pa.string())]
    counts: dict[str, list[Floats]] = {name: [np.empty(0)] for name in names}
    counted = partial(_counted, names=names)
    for batch, found in in_threads(counted, staging.some(Response, _READ, wanted), ahead=4):
        ids += batch["response_id"].chunks
        models += batch["model"].chunks
        for name in names:
            counts[name].append(found[name])
    return Surface(
        ids=pa.concat_arrays(ids),
        counts={name: np.concatenate(parts) for name, parts in counts.items()},
        models=pa.concat_arrays(models),
    )


def _counted(batch: pa.Table, names: Collection[str]) -> tuple[pa.Table, dict[str, Floats]]:
    words = _words_of(batch)
    found = {name: np.asarray(SURFACE[name](words), np.float64) for name in names}
    return batch.select(["response_id", "model"]), found


def _words_of(batch: pa.Table) -> pa.Array:
    """Return the words of each response; only those of several turns become records, which takes time."""
    n_before = pc.fill_null(pc.list_value_length(batch["turns"]), 0)
    is_several = pc.greater(n_before, 0)
    several = batch.filter(is_several).to_pylist()
    words = [Response.model_validate(row).words() for row in several]
    return pc.replace_with_mask(
        batch["text"].combine_chunks(), is_several.combine_chunks(), pa.array(words, pa.string())
    )
