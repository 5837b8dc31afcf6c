"""Prompts of a test as what they are compared by."""

from collections.abc import Mapping

import pyarrow as pa

from winnow.pipelines.near import Neighbours, read_texts
from winnow.pipelines.near.pieces import LENGTH
from winnow.schemas.prompts import Prompt


def said(texts: Mapping[str, str]) -> pa.Table:
    """Put texts by prompt_id into the table that prompts are read into."""
    ids = sorted(texts)
    columns = (pa.array(ids, pa.string()), pa.array([texts[i] for i in ids], pa.string()))
    return pa.table(columns, names=["prompt_id", "text"])


def plain_text(prompt: Prompt) -> str:
    (text,) = read_texts(Prompt.to_table([prompt]))["text"].to_pylist()
    return str(text)


def ids_of(found: Neighbours) -> list[list[str]]:
    """Return the prompts of each place."""
    return [found.ids(place) for place in range(len(found.texts))]


def similarity(one: str, other: str) -> float:
    """Return the Jaccard similarity of the sets of 5-character pieces of two texts; a shorter text is one piece."""
    pieces, others = (
        {text[i : i + LENGTH] for i in range(max(1, len(text) - LENGTH + 1))}
        for text in (one, other)
    )
    return len(pieces & others) / len(pieces | others)
