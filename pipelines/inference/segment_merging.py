"""Segments put together: as a store grows, a row is written again a few times in all, and a look-up meets few files.

Only neighbours in time are merged, and take the time of the oldest: so the oldest record of an id stays the first. Rows keep
their order, since what was stored together is wanted together, while ids, which are hashes, lie anywhere.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from winnow.pipelines.inference.segment_files import (
    ENDING,
    ROWS_PER_GROUP,
    Segment,
    index_of,
    list_segments,
)
from winnow.pipelines.inference.segment_keys import KeyIndex, Keys
from winnow.schemas.base import Record
from winnow.warehouse.places.place import Lock, Place

_LEVELS = (1 << 20, 1 << 24, 1 << 28)
"""Bytes from which a segment is of the next level; one of the last is left alone."""

_INDEXED = _LEVELS[0]
"""Bytes from which a segment has an index."""

_INTENT = ".merging"
"""What is put together into what, written down first: a merge that is killed is ended, or undone, by the next."""


def merge_segments(place: Place, kind: type[Record], at_least: int, lock: Lock) -> None:
    """Merge neighbours of one level where there are many, and index what is large.

    Safe at any moment: others may append and read, and when this is killed halfway some rows are there twice, which readers
    ignore and the next call removes. Holds the keys of what it merges, and rows a few at a time.

    Args:
        place: Where the segments lie; nobody else may merge there meanwhile.
        kind: Class of the records.
        at_least: How many of one level are many.
        lock: What keeps others from it; where it is lost, nothing more is removed.
    """
    try:
        _finish(place)
        while lock.is_held and (run := next(_runs(list_segments(place), at_least), None)):
            if not _merge(run, kind, lock):
                return
        for segment in list_segments(place):
            if segment.size >= _INDEXED and not segment.is_indexed:
                place.write(segment.index_name, KeyIndex.of(segment.keys()).write)
    except FileNotFoundError:
        if lock.is_held:
            raise  # else merged by the process that has taken the lock over


def _runs(segments: Sequence[Segment], at_least: int) -> Iterator[list[Segment]]:
    """Find neighbours to merge: none above a level, and at least so many of that level."""
    for level in range(len(_LEVELS)):
        for is_below, run in groupby(segments, lambda s, most=level: _level(s) <= most):
            neighbours = list(run)
            n_of_level = sum(_level(segment) == level for segment in neighbours)
            if is_below and n_of_level >= at_least:
                yield neighbours


def _level(segment: Segment) -> int:
    return int(np.searchsorted(_LEVELS, segment.size, "right"))


def _merge(run: Sequence[Segment], kind: type[Record], lock: Lock) -> bool:
    """Merge neighbours; tells whether that came to its end, and not between the writes of another process."""
    place, name = run[0].place, f"{run[0].stamp}-{uuid4().hex}{ENDING}"
    keys = [segment.keys() for segment in run]
    index, is_first = _first_of_each(np.concatenate(keys))
    starts = np.cumsum([0, *map(len, keys)])

    def write(file: object) -> None:
        schema = kind.arrow_schema()
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for table in _in_groups(_rows(run, kind, starts, is_first), schema):
                writer.write_table(table, row_group_size=ROWS_PER_GROUP)

    intent = json.dumps({"into": name, "merged": [segment.name for segment in run]})
    place.write(_INTENT, lambda file: file.write(intent.encode()))
    # The index comes first, so that no segment is seen without it.
    place.write(index_of(name), index.write)
    place.write(name, write)
    return lock.is_held and _finish(place, name)


def _first_of_each(keys: Keys) -> tuple[KeyIndex, np.ndarray]:
    """Index the rows that stay, those whose key no earlier row has, and tell which they are."""
    index = KeyIndex.of(keys)
    is_first = np.zeros(len(keys), bool)
    is_first[index.rows] = True
    return KeyIndex(index.keys, np.cumsum(is_first)[index.rows] - 1), is_first


def _rows(
    run: Sequence[Segment], kind: type[Record], starts: np.ndarray, is_first: np.ndarray
) -> Iterator[pa.Table]:
    for segment, start in zip(run, starts, strict=False):
        for first, table in segment.batches(kind, kind.arrow_schema().names):
            at = start + first
            yield table.filter(pa.array(is_first[at : at + len(table)]))


def _in_groups(tables: Iterator[pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    """Collect rows until a row group is full, so that small segments do not make small groups."""
    held = schema.empty_table()
    for table in tables:
        held = pa.concat_tables([held, table])
        if n_full := len(held) // ROWS_PER_GROUP * ROWS_PER_GROUP:
            yield held.slice(0, n_full)
            held = held.slice(n_full)
    if len(held):
        yield held


def _finish(place: Place, into: str | None = None) -> bool:
    """Remove what a merge has put together, or what is left of it where it was killed before that.

    Args:
        place: Where the segments lie.
        into: What it was put together into; None for whatever the last merge left.

    Returns:
        Whether it was that merge which was written down.
    """
    names = {entry.name for entry in place.entries()}
    if _INTENT not in names:
        return False
    intent = json.loads(bytes(place.content(_INTENT)))
    if into not in (None, intent["into"]):
        return False
    gone = intent["merged"] if intent["into"] in names else [intent["into"]]
    for name in gone:
        place.remove(name)
        place.remove(index_of(name))
    place.remove(_INTENT)
    return True
