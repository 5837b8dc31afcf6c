"""Staging: the Parquet files of a run before anyone else may see them."""

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from winnow.schemas.base import Record
from winnow.schemas.errors import TransientError
from winnow.schemas.whole_files import remove_folder
from winnow.warehouse.places.folder import as_place
from winnow.warehouse.places.place import Place
from winnow.warehouse.storage import storage_full_named

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_ENDING = ".parquet"
_ROWS_PER_BATCH = 10_000
_ROWS_PER_GROUP = 122_880
"""Rows that DuckDB reads as one piece: one thread works on it, and another on the next."""


class Staging:
    """The tables of one run: `<table>/<part>.parquet` in a place.

    A file is whole or absent, and outlives a loss of power once it is written. Writing a part again replaces it, so that a
    stage may be repeated.
    """

    def __init__(self, place: Place | Path, shared: Place | None = None) -> None:
        """Name where the tables lie; nothing is made yet.

        Args:
            place: Their place.
            shared: What the workers of a job reach, where these are on other machines; None for `place`.
        """
        self.place = as_place(place)
        self._shared = (shared or self.place).within(".shared")
        self._hidden: str | None = None

    def without(self, part: str) -> "Staging":
        """Return the same tables as they read without one part; by its name it is read and written all the same."""
        hiding = copy(self)
        hiding._hidden = _file(part)
        return hiding

    @property
    def root(self) -> Path:
        """Its folder, for those who read the files themselves.

        Raises:
            ValueError: It lies in an object store.
        """
        if self.place.folder is None:
            raise ValueError(f"{self.place.address} is no folder")
        return self.place.folder

    def path(self, record: type[Record], part: str = "all") -> Path:
        """Return the place of one part of a table, whether or not it was written."""
        return self.root / record.table / _file(part)

    def files(self, record: type[Record]) -> list[Path]:
        """List the written parts of a table by name."""
        return [self.root / record.table / name for name in self._files(record)]

    def tables(self) -> list[str]:
        """List the tables of which at least one part was written."""
        return [name for name in self.place.places() if _files(self.place.within(name))]

    def write(
        self,
        record: type[Record],
        rows: pa.Table | pa.RecordBatchReader | Iterable[Record],
        part: str = "all",
    ) -> None:
        """Write one part of a table, in place of what the part held.

        Args:
            record: Record class whose columns the file gets.
            rows: Records, or Arrow data with the record's columns in any order; a reader is never held whole.
            part: Name of the part, such as the stage that writes it.

        Raises:
            ValueError: A column is missing, of another type, or null where the record wants a value.
            StorageFull: The disk is full; the part still holds what it held.
        """
        table, name = self._table(record), _file(part)
        with storage_full_named(f"{table.address}/{name}"):
            table.write(name, partial(_write, record=record, rows=rows))

    def discard(self, record: type[Record], part: str) -> None:
        """Remove one part of a table, so that a stage that is repeated does not read what it wrote."""
        self._table(record).remove(_file(part))

    @contextmanager
    def scratch(self, stage: str) -> Iterator[Path]:
        """Lend a folder of this machine for what a stage has in between, empty at first and gone when the block ends."""
        root = self.root / ".scratch" / stage
        remove_folder(root)
        root.mkdir(parents=True, exist_ok=True)
        try:
            yield root
        finally:
            remove_folder(root)

    @contextmanager
    def shared(self, stage: str) -> Iterator[Place]:
        """Lend a place for what a stage and the workers of its jobs hand each other, empty at first and gone when the block ends."""
        place = self._shared.within(stage)
        # Workers of a driver that was killed may write into it still; that it is gone tells them to stop.
        place.clear()
        try:
            yield place
        finally:
            # What stays where the place cannot be reached goes with the next try, or with the run.
            with suppress(TransientError):
                place.clear()

    def remove(self) -> None:
        """Remove all of it, what is not staged as well."""
        self._shared.clear()
        self.place.clear()

    def clear(self) -> None:
        """Remove every part of every table, such as those of an attempt that was killed."""
        for table in map(self.place.within, self.place.places()):
            for name in _files(table):
                table.remove(name)

    def read(self, record: type[Record], columns: Collection[str] | None = None) -> pa.Table:
        """Read all parts of a table; without any, a table of no rows. What parts from before lack is filled in.

        Args:
            record: Record class of the table.
            columns: Columns to read, in the order of the record's; None for all.
        """
        schema = _schema(record, columns)
        parts = []
        for name in self._files(record):
            with self._opened(record, name) as file:
                table = file.read(columns=record.sources(schema.names))
            parts.append(_fit(record.completed(table, schema.names), schema))
        return pa.concat_tables([schema.empty_table(), *parts])

    def batches(
        self,
        record: type[Record],
        columns: Collection[str],
        *,
        part: str | None = None,
        coded: Collection[str] = (),
    ) -> Iterator[pa.Table]:
        """Read some columns of a table in pieces, so that it is never held whole; parts by name, rows in their order.

        Args:
            record: Record class of the table.
            columns: Columns to read, in the order of the record's.
            part: The one part to read; None for all.
            coded: Columns of text, among them, that come as Arrow dictionaries.
        """
        schema = _coded(_schema(record, columns), coded)
        written = _files(self._table(record))
        for name in self._files(record) if part is None else written:
            if part is not None and name != _file(part):
                continue
            with self._opened(record, name, coded) as file:
                names = record.sources(schema.names)
                for batch in file.iter_batches(_ROWS_PER_BATCH, columns=names):
                    table = pa.Table.from_batches([batch])
                    yield _fit(record.completed(table, schema.names), schema)

    def some(
        self, record: type[Record], columns: Collection[str], ids: pa.Array
    ) -> Iterator[pa.Table]:
        """Do what `batches` does for the rows whose id is wanted, the first column of the record's key."""
        key = record.key[0]
        # Once for all pieces: Arrow takes long to get ready to look for many ids.
        is_wanted = pc.is_in(self.read(record, (key,))[key], value_set=ids).combine_chunks()
        done = 0
        for batch in self.batches(record, columns):
            chosen = is_wanted.slice(done, len(batch))
            done += len(batch)
            yield batch if pc.all(chosen).as_py() else batch.filter(chosen)

    def read_part(self, record: type[Record], part: str) -> pa.Table:
        """Read one part of a table; a table of no rows where it was not written."""
        schema, name = record.arrow_schema(), _file(part)
        if name not in _files(self._table(record)):
            return schema.empty_table()
        with self._opened(record, name) as file:
            return _fit(record.completed(file.read()), schema)

    def n_rows(self, record: type[Record]) -> int:
        """Count the rows of a table from the files' footers."""
        n_rows = 0
        for name in self._files(record):
            with self._opened(record, name) as file:
                n_rows += file.metadata.num_rows
        return n_rows

    def parts(self) -> set[tuple[str, str]]:
        """List the written parts of all tables: table and file."""
        tables = self.place.places()
        return {(name, file) for name in tables for file in _files(self.place.within(name))}

    def keep_only(self, parts: Collection[tuple[str, str]]) -> None:
        """Remove all parts but some, such as those that steps wrote which are gone through again."""
        for table, file in sorted(self.parts().difference(parts)):
            self.place.within(table).remove(file)

    def _files(self, record: type[Record]) -> list[str]:
        return [name for name in _files(self._table(record)) if name != self._hidden]

    def _table(self, record: type[Record]) -> Place:
        return self.place.within(record.table)

    @contextmanager
    def _opened(
        self, record: type[Record], name: str, coded: Collection[str] = ()
    ) -> Iterator[pq.ParquetFile]:
        with (
            self._table(record).open(name) as source,
            pq.ParquetFile(source, read_dictionary=list(coded)) as file,
        ):
            yield file


def _file(part: str) -> str:
    if not _PART.fullmatch(part):
        raise ValueError(f"part is {part!r}, wanted letters, digits, '_', '-' and '.'")
    return f"{part}{_ENDING}"


def _files(table: Place) -> list[str]:
    """List the parts of a table by name."""
    names = (entry.name for entry in table.entries())
    return [name for name in names if name.endswith(_ENDING)]


def _schema(record: type[Record], columns: Collection[str] | None) -> pa.Schema:
    schema = record.arrow_schema()
    return schema if columns is None else pa.schema([f for f in schema if f.name in columns])


def _coded(schema: pa.Schema, coded: Collection[str]) -> pa.Schema:
    code = pa.dictionary(pa.int32(), pa.string())
    return pa.schema([f.with_type(code) if f.name in coded else f for f in schema], schema.metadata)


def _write(file: BinaryIO, record: type[Record], rows: Any) -> None:
    schema = record.arrow_schema()
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for table in _batches(record, rows):
            writer.write_table(_fit(table, schema), row_group_size=_ROWS_PER_GROUP)


def _batches(record: type[Record], rows: Any) -> Iterable[pa.Table]:
    if isinstance(rows, pa.Table):
        return [rows]
    if isinstance(rows, pa.RecordBatchReader):
        return (pa.Table.from_batches([batch]) for batch in rows)
    records = list(rows)
    return (
        record.to_table(records[i : i + _ROWS_PER_BATCH])
        for i in range(0, len(records), _ROWS_PER_BATCH)
    )


def _fit(table: pa.Table, schema: pa.Schema) -> pa.Table:
    if missing := [name for name in schema.names if name not in table.column_names]:
        raise pa.ArrowInvalid(f"column {missing[0]!r} is missing; found {table.column_names}")
    return table.select(schema.names).cast(schema)
