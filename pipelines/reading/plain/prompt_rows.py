"""Rows of a prompt and its ready responses, of one text each, many at once."""

from collections.abc import Mapping, Sequence
from itertools import accumulate, chain
from typing import Any

from winnow.pipelines.reading.formats.row import Row
from winnow.pipelines.reading.importer import Importer
from winnow.pipelines.reading.intake import Numbered
from winnow.pipelines.reading.plain.forms import RowForm, RowForms, Types, shows_nothing
from winnow.pipelines.reading.plain.keys import Keys
from winnow.pipelines.reading.plain.labels import LABELS, labels
from winnow.pipelines.reading.plain.prompts import PlainPrompts, are_plain_prompts
from winnow.pipelines.reading.plain.responses import PlainResponse, PlainResponses
from winnow.pipelines.reading.plain.taken import Candidates
from winnow.pipelines.reading.responses import AUTHORS
from winnow.pipelines.reading.settings import PromptSource
from winnow.pipelines.reading.usage import Usage
from winnow.schemas.base import Record
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response

_INNER = Keys({})
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


class _PromptRow:
    """A row that may be plain."""

    def __init__(self, number: int, place: str, data: Mapping[str, Any], form: RowForm) -> None:
        self.number = number
        """Its number in the batch."""

        self.place = place
        self.data = data
        self.forms = [form]
        """Forms of the row and of the responses in it that are objects."""

        self.listed: Sequence[Any] = ()
        """What stands in its list of responses."""


class PlainPromptRows:
    """The plain ones among the rows of a batch: looked at together, taken in one after the other."""

    def __init__(self, source: PromptSource, importer: Importer, usage: Usage) -> None:
        self.source = source
        self.importer = importer
        self.usage = usage
        self.keys = Keys(source.columns)
        inside = f"{source.columns.get('responses') or 'responses'}[]."
        self._forms = RowForms(lambda types: self._is_plain(types) or None, usage)
        self._inner = RowForms(lambda types: _is_plain_object(types) or None, usage, inside)
        self._batch: _Batch | None = None

    def look_at(self, rows: Sequence[Row]) -> None:
        """Look at the rows of a batch."""
        objects = [(i, row.place, row.data) for i, row in enumerate(rows) if type(row.data) is dict]
        forms = self._forms.of(data for *_, data in objects)
        chosen = [
            _PromptRow(*one, form)
            for one, form in zip(objects, forms, strict=True)
            if form.plan and shows_nothing(one[2], form)
        ]
        chosen = self._with_lists(chosen)
        self._batch = _Batch(len(rows), chosen, self) if chosen else None

    def _with_lists(self, chosen: list[_PromptRow]) -> list[_PromptRow]:
        lists = self.keys.column("responses", [one.data for one in chosen])
        for one, listed in zip(chosen, lists, strict=True):
            one.listed = listed or []
        chosen = [one for one in chosen if all(type(said) in (str, dict) for said in one.listed)]
        said = [[r for r in one.listed if type(r) is dict] for one in chosen]
        forms = iter(self._inner.of(chain.from_iterable(said)))
        found = []
        for one, of_it in zip(chosen, said, strict=True):
            inner = [next(forms) for _ in of_it]
            if all(f.plan and shows_nothing(s, f) for f, s in zip(inner, of_it, strict=True)):
                one.forms += inner
                found.append(one)
        return found

    def _is_plain(self, types: Types) -> bool:
        keys = self.keys
        return (
            are_plain_prompts(types, keys)
            and keys.are("responses", (list, type(None)), types)
            and keys.are("model", LABELS, types)
            and all(keys.are(column, (str, type(None)), types) for column in AUTHORS)
            and all(keys.are(author, LABELS, types) for author in AUTHORS.values())
        )

    def take(self, i: int) -> bool:
        """Take in a row of the batch; False where it has to be read alone."""
        return self._batch is not None and self._batch.take(i)

    def learn(self, i: int) -> None:
        """Note that a row of the batch was taken in alone, and whole."""
        if self._batch:
            self._batch.learn(i)

    def finish(self) -> dict[type[Record], Numbered]:
        """End the batch: count what was taken in of it, and return it."""
        found = self._batch.finish() if self._batch else {}
        self._batch = None
        self.importer.known.settle()
        return found


def _is_plain_object(types: Types) -> bool:
    return _INNER.lack(_NOT_IN_OBJECT, types) and all(
        _INNER.are(name, kinds, types) for name, kinds in _IN_OBJECT.items()
    )


class _Batch:
    """Rows that may be plain, read together; every list by row has the shape (m,)."""

    def __init__(self, n_rows: int, rows: Sequence[_PromptRow], of: PlainPromptRows) -> None:
        self._rows = rows
        self._importer, self._usage = of.importer, of.usage
        self._place: list[int | None] = [None] * n_rows
        data, places = [one.data for one in rows], [one.place for one in rows]
        self.prompts = PlainPrompts(
            data, places, of.keys, max_characters=of.source.max_characters, keep=of.source.keep
        )
        self.responses, odd = self._responses(of.keys)
        known = self._importer.known
        prompts, responses = self.prompts, self.responses
        self._asked = Candidates(prompts.digests, prompts.looks, known.prompts, known.looks)
        self._said = Candidates(responses.digests, responses.looks, known.responses, known.looks)
        odd.update(prompts.odd)
        for j, one in enumerate(rows):
            self._place[one.number] = None if j in odd else j
        self._new_prompts: list[int] = []
        self._new_responses: list[int] = []

    def _responses(self, keys: Keys) -> tuple[PlainResponses, set[int]]:
        said = [self._said_in(j, keys) for j in range(len(self._rows))]
        self._starts = [0, *accumulate(map(len, said))]
        owners = [j for j, of_row in enumerate(said) for _ in of_row]
        listed = [*chain.from_iterable(said)]
        names = labels(one.name for one in listed)
        named = [one._replace(name=name) for one, name in zip(listed, names.values, strict=True)]
        responses = PlainResponses(named)
        return responses, {owners[k] for k in responses.odd.union(names.unusable)}

    def _said_in(self, j: int, keys: Keys) -> list[PlainResponse]:
        row, prompt_id = self._rows[j], self.prompts.ids[j]
        author = keys.value("model", row.data) if row.listed else None
        found = []
        for said in row.listed:
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

    def take(self, i: int) -> bool:
        """Take in a row; False where it has to be read alone."""
        j = self._place[i]
        if j is None or not all(form.is_learned for form in self._rows[j].forms):
            return False
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
        self._asked.take(j, known.prompts.number_of(self._rows[j].place))
        known.is_other_metadata(prompt_id, self.prompts.metadata[j], is_new=True)
        known.name_prompt(self.prompts.source_ids[j], prompt_id)
        self._new_prompts.append(j)

    def _take_response(self, k: int) -> None:
        known, one, model = self._importer.known, self.responses.said[k], self.responses.models[k]
        self._said.take(k)
        known.models.setdefault(model)
        known.name_response(one.name, one.prompt_id, model, self.responses.ids[k])
        self._new_responses.append(k)

    def learn(self, i: int) -> None:
        """Note that a row was taken in alone, and whole."""
        j = self._place[i]
        if j is not None:
            for form in self._rows[j].forms:
                form.is_learned = True

    def finish(self) -> dict[type[Record], Numbered]:
        """Count what was taken in, and return it."""
        prompts, responses, rows = self._new_prompts, self._new_responses, self._rows
        self._importer.intake.offer("prompts", len(prompts))
        if responses:
            self._importer.intake.offer("responses", len(responses))
        self._usage.counted["lines"] += len(prompts)
        owners = [j for j in prompts for _ in range(self._starts[j], self._starts[j + 1])]
        return {
            Prompt: Numbered(self.prompts.table(prompts), [rows[j].number for j in prompts]),
            Response: Numbered(self.responses.table(responses), [rows[j].number for j in owners]),
        }
