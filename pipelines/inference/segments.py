"""Records in a place of Parquet segments that only ever grows, safe against crashes and other processes.

A segment appears whole or not at all. Small ones are merged into larger ones as they grow in number, and large ones have an
index of their keys, so that a look-up costs little more in a large store than in a small one.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from winnow.pipelines.inference.segment_files import ENDING, Segment, list_segments
from winnow.pipelines.inference.segment_keys import Keys, Rows, keys_of
from winnow.pipelines.inference.segment_merging import merge_segments
from winnow.schemas.base import Record
from winnow.warehouse.places.place import Place

R = TypeVar("R", bound=Record)

_LOCK = ".lock"
_LEFTOVER_AGE_S = 3600
_LEFTOVER = ".tmp"


class Segments(Generic[R]):
    """Records of one kind by request_id; of several with one request_id the oldest counts."""

    def __init__(self, place: Place, kind: type[R]) -> None:
        self.place = place
        self._kind = kind

    def append(self, records: Sequence[R] | pa.Table) -> None:
        """Store records durably as one segment; they survive a crash once this returns.

        Args:
            records: Records, or a table with all columns of theirs, in their order.

        Raises:
            StorageFull: There is no space left; what was stored before stays.
        """
        if len(records):
            is_table = isinstance(records, pa.Table)
            self._write(records if is_table else self._kind.to_table(records))

    def get(self, request_ids: Iterable[str]) -> dict[str, R]:
        """Read the records that are there, by request_id.

        Raises:
            MalformedInput: A segment cannot be read.
        """
        wanted = pa.array(request_ids, pa.string())
        rows = self.table(wanted, self._kind.arrow_schema().names)
        return dict(zip(rows["request_id"].to_pylist(), self._kind.from_table(rows), strict=True))

    def table(self, request_ids: pa.Array | pa.ChunkedArray, columns: Sequence[str]) -> pa.Table:
        """Read columns of the records that are there: a row for each request_id, in no order that one may rely on.

        Args:
            request_ids: Strings; one that stands there twice is read once.
            columns: Columns of the record, in the order in which they are wanted; what older segments lack is filled in.

        Raises:
            MalformedInput: A segment cannot be read.
        """
        keys, _ = _sorted_keys(request_ids)
        while True:
            try:
                parts = self._read(list(self._located(keys)), columns)
            except FileNotFoundError:  # merged by another process since it was listed
                continue
            schema = self._kind.arrow_schema()
            none = pa.schema([schema.field(name) for name in columns]).empty_table()
            return pa.concat_tables([none, *parts])

    def known(self, request_ids: Iterable[str]) -> set[str]:
        """Tell which records are there, without reading the rest of them."""
        wanted = pa.array(request_ids, pa.string())
        keys, ids = _sorted_keys(wanted)
        while True:
            try:
                places = [places for _, places, _ in self._located(keys)]
            except FileNotFoundError:
                continue
            found = np.concatenate([np.empty(0, np.int64), *places])
            return set(ids.take(pa.array(found)).to_pylist())

    def n_known(self, keys: Keys) -> int:
        """Count which of some keys, distinct and sorted, are there."""
        while True:
            try:
                return sum(len(places) for _, places, _ in self._located(keys))
            except FileNotFoundError:
                continue

    def compact(self, *, at_least: int) -> None:
        """Merge small segments where there are many, and clear away what killed writers left.

        Safe at any moment; where another process does so already, nothing is done.

        Args:
            at_least: How many segments of about one size are many.
        """
        if not self.place.entries():
            return
        with self.place.alone(_LOCK) as lock:
            if lock.is_held:
                clear_leftovers(self.place)
                merge_segments(self.place, self._kind, at_least, lock)

    def _write(self, table: pa.Table) -> None:
        # By name the segments stand in the order of their times, so that the oldest record of an id comes first.
        name = f"{time.time_ns():020d}-{uuid4().hex}{ENDING}"
        self.place.write(name, lambda file: pq.write_table(table, file, compression="zstd"))

    def _read(
        self, located: Sequence[tuple[Segment, Rows, Rows]], columns: Sequence[str]
    ) -> list[pa.Table]:
        if not located:
            return []
        # Text is most of what is read, and Arrow decodes one column on one processor.
        with ThreadPoolExecutor(min(pa.cpu_count(), len(located))) as pool:
            return list(pool.map(lambda one: one[0].read(one[2], self._kind, columns), located))

    def _located(self, keys: Keys) -> Iterator[tuple[Segment, Rows, Rows]]:
        """Find sorted keys, each in the oldest segment that has it: the places of those it has, and their rows in it."""
        left = np.arange(len(keys))
        for segment in list_segments(self.place) if len(keys) else ():
            found = segment.find(keys[left])
            if len(found.rows):
                yield segment, left[found.wanted], found.rows
                left = np.delete(left, found.wanted)
            if not len(left):
                return


def clear_leftovers(place: Place) -> None:
    """Remove the drafts that killed writers left in a place."""
    for entry in place.entries():
        # A younger one may still be written to.
        is_old = time.time() - entry.changed_at > _LEFTOVER_AGE_S
        if is_old and entry.name.startswith(".") and entry.name.endswith(_LEFTOVER):
            place.remove(entry.name)


def _sorted_keys(request_ids: pa.Array | pa.ChunkedArray) -> tuple[Keys, pa.Array]:
    """Return the distinct keys of request_ids in order, and the request_id of each."""
    ids = pc.drop_null(pc.unique(request_ids))
    keys = keys_of(ids)
    order = np.argsort(keys)
    return keys[order], ids.take(pa.array(order))
