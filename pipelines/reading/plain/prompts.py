"""Prompts of one text, many at once."""

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.digests import Digests
from winnow.pipelines.reading.fields import Fields
from winnow.pipelines.reading.metadata import metadata_of
from winnow.pipelines.reading.plain.keys import Keys, Objects, Types
from winnow.pipelines.reading.plain.labels import LABELS, labels
from winnow.pipelines.reading.plain.looks import looks_of
from winnow.pipelines.reading.plain.texts import TextColumn, hex_column
from winnow.schemas.base import repeated
from winnow.schemas.ids import ContentIds, hole
from winnow.schemas.prompts import Message, Prompt, PromptContent

_ABOUT = ("reference", "domain", "language")
_UNREAD = ("messages", "system", "tools", "contexts")
"""Columns that make a prompt more than one text."""

_ASKED = Message(role="user", content=hole("text"))
_LIKE = Prompt(messages=(_ASKED,), source="-")
_IDS = ContentIds(PromptContent(messages=(_ASKED,)).as_content())


def are_plain_prompts(types: Types, keys: Keys, *, is_implied: bool = False) -> bool:
    """Tell whether rows with these types of values hold a prompt that is one text.

    Args:
        types: Types of the values, by key.
        keys: The rows' own names.
        is_implied: Whether the responses may say what was asked.
    """
    return (
        keys.are("prompt", (str, type(None)) if is_implied else (str,), types)
        and keys.lack(_UNREAD, types)
        and keys.are("id", LABELS, types)
        and all(keys.are(name, (str, type(None)), types) for name in _ABOUT)
    )


class PlainPrompts(NamedTuple):
    """The prompts of rows that hold one text each; every list and the table have a place a row."""

    digests: Digests
    """Their ids."""

    looks: Digests
    source_ids: list[str | None]
    metadata: list[str | None]
    table: pa.Table
    odd: set[int]
    """Numbers of the rows that have to be read alone."""


def plain_prompts(
    asked: Sequence[str],
    rows: Objects,
    places: Sequence[str],
    keys: Keys,
    *,
    max_characters: int | None,
    keep: Sequence[str],
) -> PlainPrompts:
    """Read the prompts of rows.

    Args:
        asked: What each asks; shape (n,).
        rows: The rows, of which `are_plain_prompts` holds; shape (n,).
        places: File and line of each; shape (n,).
        keys: The rows' own names.
        max_characters: As `parse_prompt` takes it.
        keep: As `parse_prompt` takes it.
    """
    texts = TextColumn(asked)
    about = {name: TextColumn(keys.column(name, rows)) for name in _ABOUT}
    ids = labels(keys.column("id", rows))
    odd = {*ids.unusable, *texts.unusable, *texts.noticed}
    odd.update(*(column.unusable for column in about.values()))
    odd.update(i for i, text in enumerate(texts.values) if _is_odd(text or "", max_characters))
    metadata = _metadata(rows, keys, keep, odd)
    digests = Digests(_IDS.digests(text=texts.json))
    table = Prompt.from_columns(
        {
            "prompt_id": hex_column(digests),
            "messages": _one_turn_each(texts.array),
            "source": places,
            "source_id": ids.values,
            "metadata": metadata,
            **{name: column.array for name, column in about.items()},
        },
        like=_LIKE,
    )
    return PlainPrompts(digests, looks_of(texts, digests, _IDS), ids.values, metadata, table, odd)


def _metadata(rows: Objects, keys: Keys, keep: Sequence[str], odd: set[int]) -> list[str | None]:
    found: list[str | None] = [None] * len(rows.objects)
    for i, row in enumerate(rows.objects if keep else ()):
        try:
            found[i] = metadata_of(Fields(row, keys.columns), keep)
        except Defect:
            odd.add(i)
    return found


def _is_odd(text: str, max_characters: int | None) -> bool:
    """Tell whether a text is empty, longer than allowed, or may hold turns as JSON."""
    if max_characters is not None and len(text) > max_characters:
        return True
    return text.lstrip()[:1] in ("", "[", "{")


def _one_turn_each(texts: pa.Array) -> pa.Array:
    """Return for each text the list of the one turn of the user that says it; shape (n,)."""
    turns, held = Prompt.arrow_schema().field("messages").type.value_type, _ASKED.model_dump()
    columns = [
        texts if field.name == "content" else repeated(held[field.name], len(texts), field.type)
        for field in turns
    ]
    ends = pa.array(range(len(texts) + 1), pa.int32())
    return pa.ListArray.from_arrays(ends, pa.StructArray.from_arrays(columns, fields=list(turns)))
