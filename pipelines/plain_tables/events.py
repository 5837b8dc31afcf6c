"""One event that stands twice in a table is one judgment."""

from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.places import place_of
from winnow.schemas.events import event_of
from winnow.schemas.plurals import agreeing, counted

_SAID = ("item_id", "annotator", "kind", "order", "verdict")
_IDS = ("judgment_id", "id")
_TIME = "created_at"


class WithoutRepeats(NamedTuple):
    """Judgments, each event once."""

    table: pa.Table
    notes: tuple[str, ...]


def each_event_once(judgments: pa.Table) -> WithoutRepeats:
    """Leave out rows that say again what an earlier row said, under the same id or, without ids, at the same time.

    All other repeats are votes of their own, however alike.
    """
    found = [name for name in _SAID if name in judgments.column_names]
    said = zip(*(judgments[name].to_pylist() for name in found), strict=True)
    seen: dict[tuple[str | None, ...], int] = {}
    again: list[int] = []
    for row, (event, key) in enumerate(zip(_events(judgments), said, strict=True)):
        if event is not None and seen.setdefault((event, *key), row) != row:
            again.append(row)
    if not again:
        return WithoutRepeats(judgments, ())
    is_again = pc.is_in(pa.array(range(judgments.num_rows)), pa.array(again))
    n = len(again)
    note = (
        f"{counted(n, 'row')} {agreeing(n, 'says', 'say')} again what an earlier one said under the same id or at the same "
        f"time and {agreeing(n, 'counts', 'count')} as one judgment with it, the first at {place_of(judgments, again[0])}"
    )
    return WithoutRepeats(judgments.filter(pc.invert(is_again)), (note,))


def _events(judgments: pa.Table) -> Iterator[str | None]:
    columns = [_values(judgments, name) for name in (*_IDS, _TIME)]
    for judgment_id, row_id, time in zip(*columns, strict=True):
        yield event_of(judgment_id or row_id, time)


def _values(judgments: pa.Table, name: str) -> list[str | None]:
    is_there = name in judgments.column_names
    return judgments[name].to_pylist() if is_there else [None] * judgments.num_rows
