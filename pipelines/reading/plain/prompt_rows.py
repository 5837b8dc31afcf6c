"""Rows of a prompt and its ready responses, of one text each, many at once."""

from collections.abc import Sequence
from itertools import accumulate, chain

from winnow.pipelines.reading.importer import Importer
from winnow.pipelines.reading.intake import Numbered
from winnow.pipelines.reading.plain.forms import RowForms, Types
from winnow.pipelines.reading.plain.keys import INNER, Keys
from winnow.pipelines.reading.plain.labels import LABELS, Labels, labels
from winnow.pipelines.reading.plain.prompts import PlainPrompts, are_plain_prompts
from winnow.pipelines.reading.plain.responses import PlainResponse, PlainResponses
from winnow.pipelines.reading.plain.rows import PlainBatch, PlainRow, PlainRows, with_plain_objects
from winnow.pipelines.reading.plain.taken import Candidates
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


class PlainPromptRows(PlainRows):
    """Reads the plain ones among the rows of prompts."""

    def __init__(self, source: PromptSource, importer: Importer, usage: Usage) -> None:
        super().__init__(importer, RowForms(lambda types: self._is_plain(types) or None, usage))
        self.source = source
        self.usage = usage
        self.keys = Keys(source.columns)
        inside = f"{source.columns.get('responses') or 'responses'}[]."
        self._inner = RowForms(lambda types: _is_plain_object(types) or None, usage, inside)

    def _read(self, n_rows: int, rows: list[PlainRow]) -> PlainBatch | None:
        lists = self.keys.column("responses", [row.data for row in rows])
        for row, listed in zip(rows, lists, strict=True):
            row.inner = listed or ()
        rows = [row for row in rows if all(type(said) in (str, dict) for said in row.inner)]
        rows = with_plain_objects(rows, self._inner)
        return _PromptBatch(n_rows, rows, self) if rows else None

    def _is_plain(self, types: Types) -> bool:
        keys = self.keys
        return (
            are_plain_prompts(types, keys)
            and keys.are("responses", (list, type(None)), types)
            and keys.are("model", LABELS, types)
            and all(keys.are(column, (str, type(None)), types) for column in AUTHORS)
            and all(keys.are(author, LABELS, types) for author in AUTHORS.values())
        )


def _is_plain_object(types: Types) -> bool:
    return INNER.lack(_NOT_IN_OBJECT, types) and all(
        INNER.are(name, kinds, types) for name, kinds in _IN_OBJECT.items()
    )


class _PromptBatch(PlainBatch):
    """Rows that may be plain prompts, read together."""

    def __init__(self, n_rows: int, rows: Sequence[PlainRow], of: PlainPromptRows) -> None:
        super().__init__(n_rows, rows)
        self._importer, self._usage = of.importer, of.usage
        data, places = [one.data for one in rows], [one.place for one in rows]
        self.prompts = PlainPrompts(
            data, places, of.keys, max_characters=of.source.max_characters, keep=of.source.keep
        )
        self.responses, odd = self._responses(of.keys)
        known = self._importer.known
        prompts, responses = self.prompts, self.responses
        self._asked = Candidates(prompts.digests, prompts.looks, known.prompts, known.looks)
        self._said = Candidates(responses.digests, responses.looks, known.responses, known.looks)
        self.admit(odd | prompts.odd)
        self._new_prompts: list[int] = []
        self._new_responses: list[int] = []

    def _responses(self, keys: Keys) -> tuple[PlainResponses, set[int]]:
        said = [self._said_in(j, keys) for j in range(len(self.rows))]
        self._starts = [0, *accumulate(map(len, said))]
        owners = [j for j, of_row in enumerate(said) for _ in of_row]
        listed = [*chain.from_iterable(said)]
        names = labels(one.name for one in listed)
        named = [one._replace(name=name) for one, name in zip(listed, names.values, strict=True)]
        responses = PlainResponses(named)
        odd = {owners[k] for k in responses.odd.union(names.unusable)}
        return responses, odd.union(self._authors(keys).unusable)

    def _authors(self, keys: Keys) -> Labels:
        """Return who said what a row lists; that is read wherever there is a list, even of none or of others' alone."""
        rows = [row.data for row in self.rows]
        listed, named = keys.column("responses", rows), keys.column("model", rows)
        return labels(
            None if of_row is None else name for of_row, name in zip(listed, named, strict=True)
        )

    def _said_in(self, j: int, keys: Keys) -> list[PlainResponse]:
        row, prompt_id = self.rows[j], self.prompts.ids[j]
        author = keys.value("model", row.data) if row.inner else None
        found = []
        for said in row.inner:
            if type(said) is str:
                found.append(PlainResponse(said, author, prompt_id, row.place))
            else:
                model = said.get("model")
                model = author if model in (None, "") else model
                more = said.get("id"), said.get("sample_index") or 0
                found.append(PlainResponse(said["text"], model, prompt_id, row.place, *more))
        for column, named in AUTHORS.items():
            if (text := keys.value(column, row.data)) is not None:
                found.append(PlainResponse(text, keys.value(named, row.data), prompt_id, row.place))
        return found

    def _take(self, j: int) -> bool:
        said = range(self._starts[j], self._starts[j + 1])
        looks = self.responses.looks[said.start : said.stop]
        if not self._asked.is_new(j) or len(set(looks)) < len(looks):
            return False
        if not all(self._said.is_new(k) for k in said):
            return False
        self._take_prompt(j)
        for k in said:
            self._take_response(k)
        return True

    def _take_prompt(self, j: int) -> None:
        known, prompt_id = self._importer.known, self.prompts.ids[j]
        self._asked.take(j, known.prompts.number_of(self.rows[j].place))
        known.is_other_metadata(prompt_id, self.prompts.metadata[j], is_new=True)
        known.name_prompt(self.prompts.source_ids[j], prompt_id)
        self._new_prompts.append(j)

    def _take_response(self, k: int) -> None:
        known, one, model = self._importer.known, self.responses.said[k], self.responses.models[k]
        self._said.take(k)
        known.models.setdefault(model)
        known.name_response(one.name, one.prompt_id, model, self.responses.ids[k])
        self._new_responses.append(k)

    def finish(self) -> dict[type[Record], Numbered]:
        """Count what was taken in, and return it."""
        prompts, responses, rows = self._new_prompts, self._new_responses, self.rows
        self._importer.intake.offer("prompts", len(prompts))
        if responses:
            self._importer.intake.offer("responses", len(responses))
        self._usage.counted["lines"] += len(prompts)
        owners = [j for j in prompts for _ in range(self._starts[j], self._starts[j + 1])]
        return {
            Prompt: Numbered(self.prompts.table(prompts), [rows[j].number for j in prompts]),
            Response: Numbered(self.responses.table(responses), [rows[j].number for j in owners]),
        }
