"""Comparisons of two responses of one text each, with their judgments, many at once: what they become.

Nothing here depends on what was read before, so that another process may do it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, chain
from typing import Any, NamedTuple

import pyarrow as pa

from winnow.pipelines.reading.formats.row import Row
from winnow.pipelines.reading.items import item_key
from winnow.pipelines.reading.plain.comparison_forms import ComparisonForms
from winnow.pipelines.reading.plain.forms import RowForms
from winnow.pipelines.reading.plain.judgment_reader import JudgmentReader
from winnow.pipelines.reading.plain.judgments import (
    JudgedPair,
    PlainJudgments,
    are_plain_judgments,
    plain_judgments,
)
from winnow.pipelines.reading.plain.keys import INNER, Keys
from winnow.pipelines.reading.plain.labels import labels
from winnow.pipelines.reading.plain.prompts import PlainPrompts, plain_prompts
from winnow.pipelines.reading.plain.responses import (
    PlainResponse,
    PlainResponses,
    plain_responses,
)
from winnow.pipelines.reading.plain.rows import (
    Outline,
    PlainRow,
    held_keys,
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

    digests: list[bytes]
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
        plain = self._judged_alike(plain_rows(rows, self._forms))
        return self._columns(len(rows), plain) if plain else None

    def _judged_alike(self, rows: list[PlainRow]) -> list[PlainRow]:
        judging = rows[0].plan.judging if rows else None
        rows = [row for row in rows if row.plan.judging == judging]
        if judging != "listed":
            for row in rows:
                row.inner = (row.data,)
            return rows
        lists = self._keys.column("judgments", [row.data for row in rows])
        for row, listed in zip(rows, lists, strict=True):
            row.inner = listed or ()
        rows = [row for row in rows if all(type(said) is dict for said in row.inner)]
        return with_plain_objects(rows, self._inner)

    def _columns(self, n_rows: int, rows: list[PlainRow]) -> ComparisonColumns:
        source, places = self._source, [one.place for one in rows]
        data = [one.data for one in rows]
        prompts = plain_prompts(
            data, places, self._keys, max_characters=source.max_characters, keep=source.keep
        )
        prompt_ids = [digest.hex() for digest in prompts.digests]
        responses = plain_responses(self._said(rows, prompt_ids))
        response_ids = [digest.hex() for digest in responses.digests]
        sides = list(zip(response_ids[::2], response_ids[1::2], strict=True))
        digests = _digests(prompt_ids, sides)
        starts = [0, *accumulate(len(one.inner) for one in rows)]
        judgments = self._judged(rows, digests, [a > b for a, b in sides])
        items = labels(self._keys.column("item_id", data))
        odd = prompts.odd.union(items.unusable, (i // 2 for i in responses.odd))
        odd.update(bisect_right(starts, i) - 1 for i in judgments.odd)
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

    def _said(self, rows: Sequence[PlainRow], prompt_ids: Sequence[str]) -> list[PlainResponse]:
        value = self._keys.value
        return [
            PlainResponse(
                value(side, one.data), value(AUTHORS[side], one.data), prompt_id, one.place
            )
            for one, prompt_id in zip(rows, prompt_ids, strict=True)
            for side in one.plan.sides
        ]

    def _judged(
        self, rows: Sequence[PlainRow], digests: Sequence[bytes], are_swapped: Sequence[bool]
    ) -> PlainJudgments:
        pairs = []
        for one, digest, is_swapped in zip(rows, digests, are_swapped, strict=True):
            verdict: Verdict | None = "a" if one.plan.judging == "chosen" else None
            pair = JudgedPair(one.place, digest.hex(), is_swapped, one.plan.annotator, verdict)
            pairs.append(pair)
        is_listed = rows[0].plan.judging == "listed"
        keys, ids = (INNER, ("judgment_id", "id")) if is_listed else (self._keys, ("judgment_id",))
        said = [*chain.from_iterable(one.inner for one in rows)]
        owners = [j for j, one in enumerate(rows) for _ in one.inner]
        return plain_judgments(said, pairs, owners, self._judgments, keys, ids, held_keys(rows))


def _digests(prompt_ids: Sequence[str], sides: Sequence[tuple[str, str]]) -> list[bytes]:
    pairs = [(a, b) if a < b else (b, a) for a, b in sides]
    return _IDS.digests(
        prompt=[f'"{prompt_id}"' for prompt_id in prompt_ids],
        a=[f'"{a}"' for a, _ in pairs],
        b=[f'"{b}"' for _, b in pairs],
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
