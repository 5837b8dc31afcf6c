"""What prompts are compared by: the text of what they ask."""

import math

import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.near.pieces import LENGTH
from winnow.schemas.model_input import plain_texts
from winnow.schemas.prompts import Prompt
from winnow.warehouse.staging import Staging

_ASKED = ("prompt_id", "messages", "contexts")
_ROWS = 10_000


def read_asked(staging: Staging, prompt_ids: pa.Array) -> pa.Table:
    """Return of some staged prompts what they are compared by: prompt_id, messages and contexts.

    A prompt of which nobody knows what it asks, as in a log of battles, is like no other and left out.
    """
    wanted = prompt_ids.unique()
    rows = [
        batch.filter(
            pc.and_(
                pc.is_in(batch["prompt_id"], value_set=wanted),
                pc.greater(pc.list_value_length(batch["messages"]), 0),
            )
        )
        for batch in staging.batches(Prompt, _ASKED)
    ]
    return pa.concat_tables(
        [pa.schema(map(Prompt.arrow_schema().field, _ASKED)).empty_table(), *rows]
    )


def read_texts(prompts: pa.Table) -> pa.Table:
    """Return prompt_id and plain text of each prompt, by prompt_id: its words in lower case with single blanks.

    Args:
        prompts: prompt_id, messages and contexts, rows of the prompts table.
    """
    texts = [pa.array([], pa.string())]
    for first in range(0, len(prompts), _ROWS):
        found = plain_texts(prompts.slice(first, _ROWS))
        texts.append(pa.array([" ".join(text.lower().split()) for text in found], pa.string()))
    return pa.table({"prompt_id": prompts["prompt_id"], "text": pa.chunked_array(texts)}).sort_by(
        "prompt_id"
    )


def shingles(text: str) -> set[str]:
    """Return the distinct 5-character pieces of a text; a shorter text is one piece."""
    return {text[i : i + LENGTH] for i in range(max(1, len(text) - LENGTH + 1))}


def similarity(one: str, other: str) -> float:
    """Return the Jaccard similarity of all pieces of two texts, 0 to 1, whoever else shares them."""
    pieces, others = shingles(one), shingles(other)
    return len(pieces & others) / len(pieces | others)


def shown(likeness: float) -> str:
    """Write a similarity with two decimals, never rounded up, so that 0.899 does not read as 0.90."""
    return f"{math.floor(likeness * 100 + 1e-9) / 100:.2f}"
