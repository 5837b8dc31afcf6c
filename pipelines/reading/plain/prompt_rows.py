"""Rows of a prompt and its ready responses, of one text each, many at once."""

from collections.abc import Sequence
from itertools import accumulate, chain
from typing import Any, NamedTuple

from winnow.pipelines.reading.formats.row import Row
from winnow.pipelines.reading.importer import Importer
from winnow.pipelines.reading.intake import Numbered
from winnow.pipelines.reading.plain.forms import RowForms
from winnow.pipelines.reading.plain.keys import INNER, Keys, Objects, Types
from winnow.pipelines.reading.plain.labels import LABELS, Labels, labels
from winnow.pipelines.reading.plain.news import Learned
from winnow.pipelines.reading.plain.prompts import PlainPrompts, are_plain_prompts, plain_prompts
from winnow.pipelines.reading.plain.responses import (
    PlainResponses,
    plain_responses,
)
from winnow.pipelines.reading.plain.rows import (
    Outline,
    PlainBatch,
    PlainRow,
    PlainTable,
    outline,
    plain_rows,
    with_plain_objects,
)
from winnow.pipelines.reading.plain.taken import Candidates
from winnow.pipelines.reading.plain.together import Together
from winnow.pipelines.reading.responses import AUTHORS
from winnow.pipelines.reading.settings import PromptSource
from winnow.pipelines.reading.usage import Usage
from winnow.schemas.base import Record
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response

_IN_OBJECT: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "model": LABELS,
    "id": LABELS,
    "sample_index": (int, type(None)),
}
_NOT_IN_OBJECT = (
    "content", "value", "turns", "messages", "role", "from", "steps", "tool_calls", "model_revision", "made", "parent",
)  # fmt: skip
"""Keys that make a response more than one text with its author."""


class _Said(NamedTuple):
    """A response as a row holds it."""

    text: str
    model: str | int | None
    name: str | int | None = None
    sample_index: int = 0


class PromptColumns(NamedTuple):
    """The plain rows of a batch; of every list, each row has a place."""

    outline: Outline
    places: list[str]
    prompts: PlainPrompts
    responses: PlainResponses
    names: list[str | None]
    """The own id in the file of each response."""

    starts: list[int]
    """Where the responses of each row begin, and where the last ones end."""


class PromptReader:
    """Reads the plain ones among the rows of prompts."""

    def __init__(self, source: PromptSource) -> None:
        """Take the settings."""
        self._source = source
        self._keys = Keys(source.columns)
        self._forms = RowForms(lambda types: self._is_plain(types) or None)
        self._inside = f"{source.columns.get('responses') or 'responses'}[]."
        self._inner = RowForms(lambda types: _is_plain_object(types) or None)

    def __reduce__(self) -> tuple[Any, ...]:
        return PromptReader, (self._source,)

    def __call__(self, rows: Sequence[Row]) -> PromptColumns | None:
        """Read the rows of a batch; None where none of them is plain."""
        table = plain_rows(rows, self._forms)
        lists = self._keys.column("responses", table.objects)
        for row, listed in zip(table.rows, lists, strict=True):
            row.inner = listed or ()
        table = table.where([{*map(type, row.inner)} <= {str, dict} for row in table.rows])
        table = with_plain_objects(table, self._inner)
        return self._columns(len(rows), table) if table.rows else None

    def _is_plain(self, types: Types) -> bool:
        keys = self._keys
        return (
            are_plain_prompts(types, keys)
            and keys.are("responses", (list, type(None)), types)
            and keys.are("model", LABELS, types)
            and all(keys.are(column, (str, type(None)), types) for column in AUTHORS)
            and all(keys.are(author, LABELS, types) for author in AUTHORS.values())
        )

    def _columns(self, n_rows: int, table: PlainTable) -> PromptColumns:
        rows, data, _ = table
        source, places = self._source, [one.place for one in rows]
        prompts = plain_prompts(
            self._keys.column("prompt", data),
            data,
            places,
            self._keys,
            max_characters=source.max_characters,
            keep=source.keep,
        )
        ids = [digest.hex() for digest in prompts.digests]
        said = [*map(self._said_in, rows)]
        owners = [j for j, of_row in enumerate(said) for _ in of_row]
        listed = [*chain.from_iterable(said)]
        names = labels(one.name for one in listed)
        responses = plain_responses(
            [one.text for one in listed],
            [one.model for one in listed],
            [ids[j] for j in owners],
            [places[j] for j in owners],
            names.values,
            [one.sample_index for one in listed],
        )
        odd = prompts.odd.union(owners[k] for k in responses.odd.union(names.unusable))
        odd.update(self._authors(data).unusable)
        starts = [0, *accumulate(map(len, said))]
        of_batch = outline(n_rows, rows, odd, self._inside)
        return PromptColumns(of_batch, places, prompts, responses, names.values, starts)

    def _authors(self, rows: Objects) -> Labels:
        """Return who said what a row lists; that is read wherever there is a list, even of none or of others' alone."""
        listed, named = self._keys.column("responses", rows), self._keys.column("model", rows)
        return labels(
            None if of_row is None else name for of_row, name in zip(listed, named, strict=True)
        )

    def _said_in(self, row: PlainRow) -> list[_Said]:
        value = self._keys.value
        author = value("model", row.data) if row.inner else None
        found = []
        for said in row.inner:
            if type(said) is str:
                found.append(_Said(said, author))
            else:
                model = said.get("model")
                model = author if model in (None, "") else model
                more = said.get("id"), said.get("sample_index") or 0
                found.append(_Said(said["text"], model, *more))
        for column, named in AUTHORS.items():
            if (text := value(column, row.data)) is not None:
                found.append(_Said(text, value(named, row.data)))
        return found


def _is_plain_object(types: Types) -> bool:
    return INNER.lack(_NOT_IN_OBJECT, types) and all(
        INNER.are(name, kinds, types) for name, kinds in _IN_OBJECT.items()
    )


class PromptBatch(PlainBatch):
    """Plain rows of prompts."""

    def __init__(
        self, columns: PromptColumns, importer: Importer, learned: Learned, usage: Usage
    ) -> None:
        super().__init__(columns.outline, learned)
        self._columns, self._importer, self._usage = columns, importer, usage
        known, prompts, responses = importer.known, columns.prompts, columns.responses
        self._asked = Candidates(prompts.digests, prompts.looks, known.prompts, known.looks)
        self._said = Candidates(responses.digests, responses.looks, known.responses, known.looks)
        self._new_prompts: list[int] = []
        self._new_responses: list[int] = []

    def _take(self, j: int) -> bool:
        said = range(*self._columns.starts[j : j + 2])
        looks = self._columns.responses.looks[said.start : said.stop]
        if not self._asked.is_new(j) or len(set(looks)) < len(looks):
            return False
        if not all(self._said.is_new(k) for k in said):
            return False
        prompt_id = self._take_prompt(j)
        for k in said:
            self._take_response(k, prompt_id)
        return True

    def _take_prompt(self, j: int) -> str:
        known, prompts = self._importer.known, self._columns.prompts
        prompt_id = prompts.digests[j].hex()
        self._asked.take(j, known.prompts.number_of(self._columns.places[j]))
        known.is_other_metadata(prompt_id, prompts.metadata[j], is_new=True)
        known.name_prompt(prompts.source_ids[j], prompt_id)
        self._new_prompts.append(j)
        return prompt_id

    def _take_response(self, k: int, prompt_id: str) -> None:
        known, responses = self._importer.known, self._columns.responses
        model, name = responses.models[k], self._columns.names[k]
        self._said.take(k)
        known.models.setdefault(model)
        if known.remembers_names:
            known.name_response(name, prompt_id, model, responses.digests[k].hex())
        self._new_responses.append(k)

    def finish(self) -> dict[type[Record], Numbered]:
        """Count what was taken in, and return it."""
        prompts, responses, starts = self._new_prompts, self._new_responses, self._columns.starts
        self._importer.intake.offer("prompts", len(prompts))
        if responses:
            self._importer.intake.offer("responses", len(responses))
        self._usage.counted["lines"] += len(prompts)
        owners = [j for j in prompts for _ in range(starts[j], starts[j + 1])]
        return {
            Prompt: self.of_batch(self._columns.prompts.table, prompts, prompts),
            Response: self.of_batch(self._columns.responses.table, responses, owners),
        }


def plain_prompt_rows(source: PromptSource, importer: Importer, usage: Usage) -> Together:
    """Return what reads the plain ones among the rows of prompts."""
    learned, reader = Learned(usage), PromptReader(source)
    return Together(
        importer.known,
        reader,
        lambda columns: PromptBatch(columns, importer, learned, usage),
        elsewhere=reader,
    )
