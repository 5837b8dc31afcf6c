"""What prompts are compared by: the text of what they ask."""

import math
from pathlib import Path

import pyarrow as pa

from winnow.pipelines.beam import BATCH_ROWS, BeamSettings, map_batches
from winnow.pipelines.near.pieces import LENGTH
from winnow.schemas import model_input
from winnow.schemas.prompts import Prompt

_READ = pa.schema(
    [
        pa.field("prompt_id", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
    ]
)


def read_texts(prompts: pa.Table, beam: BeamSettings, scratch: Path) -> dict[str, str]:
    """Return the plain text of each prompt by prompt_id, in order of the ids.

    Args:
        prompts: The prompts table.
        beam: Where the prompts are read.
        scratch: Folder for the files in between.
    """
    batches = (prompts.slice(i, BATCH_ROWS) for i in range(0, prompts.num_rows, BATCH_ROWS))
    read = map_batches(read_batch, batches, _READ, beam, scratch).sort_by("prompt_id")
    return dict(zip(read["prompt_id"].to_pylist(), read["text"].to_pylist(), strict=True))


def read_batch(batch: pa.Table) -> pa.Table:
    """Return the plain text of each prompt of a batch."""
    texts = [plain_text(prompt) for prompt in Prompt.from_table(batch)]
    return pa.table({"prompt_id": batch["prompt_id"], "text": texts}, schema=_READ)


def plain_text(prompt: Prompt) -> str:
    """Return the words of a prompt (`winnow.schemas.model_input.plain_text`) in lower case with single blanks."""
    return " ".join(model_input.plain_text(prompt).lower().split())


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
