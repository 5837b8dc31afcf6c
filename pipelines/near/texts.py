"""What prompts are compared by: the text of what they ask."""

import math
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.in_threads import in_threads
from winnow.schemas.id_order import sorted_by_id
from winnow.schemas.model_input import plain_texts
from winnow.schemas.prompts import Prompt
from winnow.warehouse.staging import Staging

ASKED = ("prompt_id", "messages", "contexts")
"""Columns of the prompts table that prompts are compared by."""

_TEXTS = pa.schema([("prompt_id", pa.string()), ("text", pa.string())])
_ROWS = 10_000
_UNTIDY = r"[\t-\r\x1c-\x1f]|  |^ | $"
"""White space of ASCII that is no single blank between words."""


def asked_texts(staging: Staging, prompt_ids: pa.Array) -> pa.Table:
    """Do what `read_texts` does for some staged prompts, of which no more than a piece is held whole.

    A prompt of which nobody knows what it asks, as in a log of battles, is like no other and left out.
    """
    return _in_order(
        batch.filter(pc.greater(pc.list_value_length(batch["messages"]), 0))
        for batch in staging.some(Prompt, ASKED, prompt_ids)
    )


def read_texts(prompts: pa.Table) -> pa.Table:
    """Return prompt_id and plain text of each prompt, by prompt_id: its words in lower case with single blanks.

    Args:
        prompts: prompt_id, messages and contexts, rows of the prompts table.
    """
    return _in_order(prompts.slice(first, _ROWS) for first in range(0, len(prompts), _ROWS))


def _in_order(pieces: Iterable[pa.Table]) -> pa.Table:
    parts = [_TEXTS.empty_table(), *in_threads(_said, pieces, ahead=4)]
    return sorted_by_id(pa.concat_tables(parts), "prompt_id")


def _said(prompts: pa.Table) -> pa.Table:
    return pa.table([prompts["prompt_id"], _tidied(plain_texts(prompts))], schema=_TEXTS)


def _tidied(texts: pa.Array) -> pa.Array:
    lower = pc.ascii_lower(texts)
    is_tidy = pc.and_not(pc.string_is_ascii(texts), pc.match_substring_regex(texts, _UNTIDY))
    is_untidy = pc.invert(is_tidy)
    tidied = [" ".join(text.lower().split()) for text in texts.filter(is_untidy).to_pylist()]
    return pc.replace_with_mask(lower, is_untidy, pa.array(tidied, pa.string()))


def shown(likeness: float) -> str:
    """Write a similarity with two decimals, never rounded up, so that 0.899 does not read as 0.90."""
    return f"{math.floor(likeness * 100 + 1e-9) / 100:.2f}"
