"""Comparisons of two responses of one text each, with their judgments, many at once: what they become.

Nothing here depends on what was read before, so that another process may do it.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain, pairwise
from typing import Any, NamedTuple

import pyarrow as pa

from winnow.pipelines.reading.digests import Digests
from winnow.pipelines.reading.formats.row import Row
from winnow.pipelines.reading.items import item_key
from winnow.pipelines.reading.plain.chats import Chat, chat_in
from winnow.pipelines.reading.plain.comparison_forms import ComparisonForms
from winnow.pipelines.reading.plain.forms import RowForms
from winnow.pipelines.reading.plain.judgment_reader import JudgmentReader
from winnow.pipelines.reading.plain.judgments import (
    JudgedPair,
    PlainJudgments,
    are_plain_judgments,
    plain_judgments,
)
from winnow.pipelines.reading.plain.keys import INNER, Keys, Objects
from winnow.pipelines.reading.plain.labels import labels
from winnow.pipelines.reading.plain.prompts import PlainPrompts, plain_prompts
from winnow.pipelines.reading.plain.responses import (
    PlainResponses,
    plain_responses,
)
from winnow.pipelines.reading.plain.rows import (
    Outline,
    PlainRow,
    PlainTable,
    outline,
    plain_rows,
    with_plain_objects,
)
from winnow.pipelines.reading.plain.texts import hex_column
from winnow.pipelines.reading.responses import AUTHORS
from winnow.pipelines.reading.settings import ComparisonSource
from winnow.schemas.comparisons import Comparison, as_content
from winnow.schemas.ids import ContentIds, hole
from winnow.schemas.judgments import Verdict

_IDS = ContentIds(as_content(hole("prompt"), (hole("a"), hole("b"))))
_LIKE = Comparison(prompt_id="-", response_ids=("a", "b"), strategy="imported")


class ComparisonColumns(NamedTuple):
    """The plain rows of a batch; of every list and of `comparisons`, each row has a place, of `responses` two."""

    outline: Outline
    places: list[str]
    prompts: PlainPrompts
    responses: PlainResponses
    judgments: PlainJudgments
    starts: list[int]
    """Where the judgments of each row begin, and where the last ones end."""

    digests: Digests
    """Ids of the comparisons."""

    item_keys: list[bytes | None]
    table: pa.Table
    """The comparisons."""


class ComparisonReader:
    """Reads the plain ones among the rows of ready comparisons."""

    def __init__(self, source: ComparisonSource, name: str) -> None:
        """Take the settings, and what the source is called."""
        self._made_from = (source, name)
        self._source = source
        self._keys = Keys(source.columns)
        self._judgments = JudgmentReader(source.kind, source.verdicts)
        self._forms = RowForms(ComparisonForms(source, name).plan)
        self._inside = f"{source.columns.get('judgments') or 'judgments'}[]."
        self._inner = RowForms(lambda types: are_plain_judgments(types, INNER) or None)

    def __reduce__(self) -> tuple[Any, ...]:
        return ComparisonReader, self._made_from

    def __call__(self, rows: Sequence[Row]) -> ComparisonColumns | None:
        """Read the rows of a batch; None where none of them is plain."""
        table = self._judged_alike(self._with_chats(plain_rows(rows, self._forms)))
        return self._columns(len(rows), table) if table.rows else None

    def _with_chats(self, table: PlainTable) -> PlainTable:
        value = self._keys.value
        for row in table.rows:
            if row.plan.are_chats:
                sides = [value(side, row.data) for side in row.plan.sides]
                row.chat = chat_in(sides, value("prompt", row.data))
                row.filled = self._filled(row.plan.sides, row.chat)
        return table.where([row.chat is not None or not row.plan.are_chats for row in table.rows])

    def _filled(self, sides: Sequence[str], chat: Chat | None) -> tuple[tuple[str, str], ...]:
        named = zip(sides, chat.keys, strict=True) if chat else ()
        columns = self._source.columns
        return tuple(
            (f"{columns.get(side) or side}[].", key) for side, keys in named for key in keys
        )

    def _judged_alike(self, table: PlainTable) -> PlainTable:
        judging = table.rows[0].plan.judging if table.rows else None
        table = table.where([row.plan.judging == judging for row in table.rows])
        if judging != "listed":
            for row in table.rows:
                row.inner = (row.data,)
            return table
        lists = self._keys.column("judgments", table.objects)
        for row, listed in zip(table.rows, lists, strict=True):
            row.inner = listed or ()
        are_objects = [{*map(type, row.inner)} <= {dict} for row in table.rows]
        return with_plain_objects(table.where(are_objects), self._inner)

    def _columns(self, n_rows: int, table: PlainTable) -> ComparisonColumns:
        rows, data, _ = table
        source, places = self._source, [one.place for one in rows]
        asked = self._keys.column("prompt", data)
        if any(one.chat for one in rows):
            asked = [
                one.chat.asked if one.chat else text for one, text in zip(rows, asked, strict=True)
            ]
        prompts = plain_prompts(
            asked, data, places, self._keys, max_characters=source.max_characters, keep=source.keep
        )
        prompt_ids = [digest.hex() for digest in prompts.digests]
        responses = self._said(rows, data, prompt_ids)
        response_ids = [digest.hex() for digest in responses.digests]
        sides = list(zip(response_ids[::2], response_ids[1::2], strict=True))
        digests = _digests(prompt_ids, sides)
        starts = [0, *accumulate(len(one.inner) for one in rows)]
        judgments = self._judged(table, digests, [a > b for a, b in sides])
        items = labels(self._keys.column("item_id", data))
        odd = prompts.odd.union(items.unusable, (i // 2 for i in responses.odd))
        odd.update(bisect_right(starts, i) - 1 for i in judgments.odd)
        odd.update(_same_twice(responses.looks, judgments.digests, starts))
        words = {
            word: [bisect_right(starts, i) - 1 for i in found]
            for word, found in judgments.words.items()
        }
        return ComparisonColumns(
            outline(n_rows, rows, odd, self._inside, words),
            places,
            prompts,
            responses,
            judgments,
            starts,
            digests,
            [None if item is None else item_key(item) for item in items.values],
            _table(digests, prompt_ids, sides, places, _names(items.values, prompts.source_ids)),
        )

    def _said(
        self, rows: Sequence[PlainRow], data: Objects, prompt_ids: Sequence[str]
    ) -> PlainResponses:
        sides = [one.plan.sides for one in rows]
        texts, authors = self._of_sides(data, sides), self._of_sides(data, sides, AUTHORS)
        for j, one in enumerate(rows):
            if one.chat:
                texts[2 * j : 2 * j + 2] = one.chat.answers
        places = [one.place for one in rows]
        return plain_responses(texts, authors, _twice(prompt_ids), _twice(places))

    def _of_sides(
        self,
        data: Objects,
        sides: Sequence[tuple[str, str]],
        named: Mapping[str, str] | None = None,
    ) -> list[Any]:
        """Return the values of the columns of both sides of each row, or of those that they are mapped to."""
        found: list[Any] = [None] * (2 * len(sides))
        distinct = {*sides}
        for pair in distinct:
            for place, side in enumerate(pair):
                column = self._keys.column(named[side] if named else side, data)
                if len(distinct) == 1:
                    found[place::2] = column
                    continue
                for j, of_row in enumerate(sides):
                    if of_row == pair:
                        found[2 * j + place] = column[j]
        return found

    def _judged(
        self, table: PlainTable, digests: Sequence[bytes], are_swapped: Sequence[bool]
    ) -> PlainJudgments:
        rows, pairs = table.rows, []
        for one, digest, is_swapped in zip(rows, digests, are_swapped, strict=True):
            verdict: Verdict | None = "a" if one.plan.judging == "chosen" else None
            pair = JudgedPair(one.place, digest.hex(), is_swapped, one.plan.annotator, verdict)
            pairs.append(pair)
        is_listed = rows[0].plan.judging == "listed"
        keys, ids = (INNER, ("judgment_id", "id")) if is_listed else (self._keys, ("judgment_id",))
        said = table.inner or Objects(chain.from_iterable(one.inner for one in rows))
        owners = [j for j, one in enumerate(rows) for _ in one.inner]
        return plain_judgments(said, pairs, owners, self._judgments, keys, ids)


def _same_twice(
    looks: Sequence[bytes], judgments: Sequence[bytes], starts: Sequence[int]
) -> Iterator[int]:
    """Yield the rows whose two responses look the same, or in which a judgment is said twice."""
    yield from (
        j
        for j, sides in enumerate(zip(looks[::2], looks[1::2], strict=True))
        if sides[0] == sides[1]
    )
    if len({*judgments}) == len(judgments):
        return
    for j, (start, end) in enumerate(pairwise(starts)):
        if len({*judgments[start:end]}) < end - start:
            yield j


def _twice(values: Sequence[str]) -> list[str]:
    return [value for value in values for _ in "ab"]


def _digests(prompt_ids: Sequence[str], sides: Sequence[tuple[str, str]]) -> Digests:
    pairs = [(a, b) if a < b else (b, a) for a, b in sides]
    return Digests(
        _IDS.digests(
            prompt=[f'"{prompt_id}"' for prompt_id in prompt_ids],
            a=[f'"{a}"' for a, _ in pairs],
            b=[f'"{b}"' for _, b in pairs],
        )
    )


def _names(items: Sequence[str | None], prompts: Sequence[str | None]) -> list[str | None]:
    return [item or prompt for item, prompt in zip(items, prompts, strict=True)]


def _table(
    digests: Sequence[bytes],
    prompt_ids: Sequence[str],
    sides: Sequence[tuple[str, str]],
    places: Sequence[str],
    names: Sequence[str | None],
) -> pa.Table:
    columns = {
        "comparison_id": hex_column(digests),
        "prompt_id": prompt_ids,
        "response_ids": [(a, b) if a < b else (b, a) for a, b in sides],
        "source": places,
        "source_id": names,
    }
    return Comparison.from_columns(columns, like=_LIKE)
