"""One segment of a store: a Parquet file that never changes, and where it is large the index of its keys beside it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from winnow.pipelines.inference.segment_keys import Found, KeyIndex, Keys, Rows, keys_of
from winnow.schemas.base import Record
from winnow.schemas.errors import MalformedInput
from winnow.warehouse.places.place import Place

ENDING, INDEX_ENDING = ".parquet", ".keys"
ROWS_PER_GROUP = 16_384
"""Rows that are read at least where one of them is wanted; those that were stored together lie together."""

_KEY = "request_id"


class Segment(NamedTuple):
    """A segment in its place."""

    place: Place
    """Where it lies."""

    name: str
    """Name of its file; by name, segments stand in the order of their times."""

    size: int
    """Bytes."""

    is_indexed: bool
    """Whether an index of its keys lies beside it; else they are read from it."""

    @property
    def stamp(self) -> str:
        """When its oldest record was stored."""
        return self.name.partition("-")[0]

    @property
    def index_name(self) -> str:
        """Name of its index."""
        return index_of(self.name)

    def keys(self) -> Keys:
        """Read the keys of its rows, in their order."""
        with self._opened() as file:
            parts = [keys_of(batch[_KEY]) for batch in file.iter_batches(columns=[_KEY])]
        return np.concatenate([keys_of(pa.array([], pa.string())), *parts])

    def find(self, wanted: Keys) -> Found:
        """Tell which of some sorted keys it has, and where.

        Raises:
            MalformedInput: It cannot be read.
            FileNotFoundError: It was merged with others since it was listed.
        """
        if self.is_indexed:
            return KeyIndex.read(self.place.content(self.index_name)).find(wanted)
        keys = self.keys()
        places = np.minimum(np.searchsorted(wanted, keys), len(wanted) - 1)
        rows = np.flatnonzero(wanted[places] == keys)
        found, first = np.unique(places[rows], return_index=True)
        return Found(found, rows[first])

    def read(self, rows: Rows, kind: type[Record], columns: Sequence[str]) -> pa.Table:
        """Read some rows; what a segment from before lacks is filled in.

        Args:
            rows: Their places, in any order; they come in that of the segment.
            kind: Class of the records.
            columns: Columns of it that are wanted.

        Raises:
            MalformedInput: It cannot be read.
            FileNotFoundError: It was merged with others since it was listed.
        """
        rows, parts = np.sort(rows), []
        for first, batch in self.batches(kind, columns, rows):
            here = rows[np.searchsorted(rows, first) : np.searchsorted(rows, first + len(batch))]
            parts.append(batch.take(pa.array(here - first)))
        return pa.concat_tables([_schema(kind, columns).empty_table(), *parts])

    def batches(
        self, kind: type[Record], columns: Sequence[str], rows: Rows | None = None
    ) -> Iterator[tuple[int, pa.Table]]:
        """Read it piece by piece, each with the place of its first row.

        Args:
            kind: Class of the records.
            columns: Columns of it that are wanted.
            rows: Sorted places of the rows that are wanted: pieces without any are passed over. None for all.
        """
        schema = _schema(kind, columns)
        with self._opened() as file:
            names = [n for n in kind.sources(columns) if n in file.schema_arrow.names]
            first = 0
            for group in range(file.num_row_groups):
                end = first + file.metadata.row_group(group).num_rows
                if rows is None or np.searchsorted(rows, first) < np.searchsorted(rows, end):
                    # Threads would share out columns, of which text is most: whole segments share out better.
                    pieces = file.iter_batches(ROWS_PER_GROUP, [group], names, use_threads=False)
                    for batch in pieces:
                        yield first, _fit(pa.Table.from_batches([batch]), kind, schema)
                        first += batch.num_rows
                first = end

    @contextmanager
    def _opened(self) -> Iterator[pq.ParquetFile]:
        try:
            with self.place.open(self.name) as source, pq.ParquetFile(source) as file:
                yield file
        except (pa.ArrowInvalid, OSError) as error:
            # An object store says that a file is gone without a number.
            if isinstance(error, FileNotFoundError) or getattr(error, "errno", None):
                raise
            raise MalformedInput(
                f"{self.name} in {self.place.address} cannot be read: {error}; delete that file, and only the answers "
                "in it are asked for again"
            ) from error


def index_of(name: str) -> str:
    """Name the index of a segment."""
    return name.removesuffix(ENDING) + INDEX_ENDING


def list_segments(place: Place) -> list[Segment]:
    """List the segments of a place, oldest first."""
    entries = [entry for entry in place.entries() if not entry.name.startswith(".")]
    names = {entry.name for entry in entries}
    return [
        Segment(place, entry.name, entry.size, index_of(entry.name) in names)
        for entry in entries
        if entry.name.endswith(ENDING)
    ]


def _schema(kind: type[Record], columns: Sequence[str]) -> pa.Schema:
    schema = kind.arrow_schema()
    return pa.schema([schema.field(name) for name in columns], metadata=schema.metadata)


def _fit(table: pa.Table, kind: type[Record], schema: pa.Schema) -> pa.Table:
    whole = kind.completed(table, schema.names).select(schema.names)
    return whole if whole.schema == schema else whole.cast(schema)
