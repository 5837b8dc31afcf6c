"""Prompts of one text, many at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.fields import Fields
from winnow.pipelines.reading.metadata import metadata_of
from winnow.pipelines.reading.plain.forms import Types
from winnow.pipelines.reading.plain.keys import Keys
from winnow.pipelines.reading.plain.labels import LABELS, labels
from winnow.pipelines.reading.plain.looks import looks_of
from winnow.pipelines.reading.plain.texts import TextColumn
from winnow.schemas.base import repeated
from winnow.schemas.ids import ContentIds, hole
from winnow.schemas.prompts import Message, Prompt, PromptContent

_ABOUT = ("reference", "domain", "language")
_UNREAD = ("messages", "system", "tools", "contexts")
"""Columns that make a prompt more than one text."""

_ASKED = Message(role="user", content=hole("text"))
_LIKE = Prompt(messages=(_ASKED,), source="-")
_IDS = ContentIds(PromptContent(messages=(_ASKED,)).as_content())


def are_plain_prompts(types: Types, keys: Keys) -> bool:
    """Tell whether rows with these types of values hold a prompt that is one text."""
    return (
        keys.type_of("prompt", types) is str
        and keys.lack(_UNREAD, types)
        and keys.are("id", LABELS, types)
        and all(keys.are(name, (str, type(None)), types) for name in _ABOUT)
    )


class PlainPrompts:
    """The prompts of rows that hold one text each."""

    def __init__(
        self,
        rows: Sequence[Mapping[str, Any]],
        places: Sequence[str],
        keys: Keys,
        *,
        max_characters: int | None,
        keep: Sequence[str],
    ) -> None:
        """Read the prompts of rows; shape (n,) of every list here.

        Args:
            rows: The rows, of which `are_plain_prompts` holds.
            places: File and line of each.
            keys: The rows' own names.
            max_characters: As `parse_prompt` takes it.
            keep: As `parse_prompt` takes it.
        """
        self.odd: set[int] = set()
        """Numbers of the rows that have to be read alone."""

        self._texts = TextColumn(keys.column("prompt", rows))
        self._places = places
        self._about = {name: TextColumn(keys.column(name, rows)) for name in _ABOUT}
        ids = labels(keys.column("id", rows))
        self.source_ids = ids.values
        self.metadata = self._metadata(rows, keys, keep) if keep else [None] * len(rows)
        for unusable in (ids.unusable, self._texts.unusable, self._texts.noticed):
            self.odd.update(unusable)
        for texts in self._about.values():
            self.odd.update(texts.unusable)
        values = [text or "" for text in self._texts.values]
        self.odd.update(i for i, text in enumerate(values) if _is_odd(text, max_characters))
        self.digests = _IDS.digests(text=self._texts.json)
        self.ids = [digest.hex() for digest in self.digests]
        self.looks = looks_of(self._texts, self.digests, _IDS)

    def table(self, taken: Sequence[int]) -> pa.Table:
        """Return the rows of the table of prompts that some of them make, in this order."""
        return Prompt.from_columns(
            {
                "prompt_id": [self.ids[i] for i in taken],
                "messages": _one_turn_each(self._texts.picked(taken)),
                "source": [self._places[i] for i in taken],
                "source_id": [self.source_ids[i] for i in taken],
                "metadata": [self.metadata[i] for i in taken],
                **{name: texts.picked(taken) for name, texts in self._about.items()},
            },
            like=_LIKE,
        )

    def _metadata(
        self, rows: Sequence[Mapping[str, Any]], keys: Keys, keep: Sequence[str]
    ) -> list[str | None]:
        found: list[str | None] = []
        for i, row in enumerate(rows):
            try:
                found.append(metadata_of(Fields(row, keys.columns), keep))
            except Defect:
                found.append(None)
                self.odd.add(i)
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
