"""Staging: the Parquet files of a run before anyone else may see them."""

import re
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from winnow.schemas.base import Record
from winnow.schemas.whole_files import whole_file
from winnow.warehouse.storage import storage_full_named

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_ROWS_PER_BATCH = 10_000


class Staging:
    """The folder of one run: `<root>/<table>/<part>.parquet`.

    A file is whole or absent: it is written beside its place, flushed to the disk and moved there. Writing a part
    again replaces it, so that a stage may be repeated.
    """

    def __init__(self, root: Path) -> None:
        # Arrow takes a relative path such as s3:x for an address.
        self.root = root.absolute()

    def path(self, record: type[Record], part: str = "all") -> Path:
        """Return the place of one part of a table, whether or not it was written."""
        if not _PART.fullmatch(part):
            raise ValueError(f"part is {part!r}, wanted letters, digits, '_', '-' and '.'")
        return self.root / record.table / f"{part}.parquet"

    def files(self, record: type[Record]) -> list[Path]:
        """List the written parts of a table by name."""
        return sorted((self.root / record.table).glob("*.parquet"))

    def tables(self) -> list[str]:
        """List the tables of which at least one part was written."""
        return sorted({file.parent.name for file in self.root.glob("*/*.parquet")})

    def write(
        self,
        record: type[Record],
        rows: pa.Table | pa.RecordBatchReader | Iterable[Record],
        part: str = "all",
    ) -> Path:
        """Write one part of a table, in place of what the part held.

        Args:
            record: Record class whose columns the file gets.
            rows: Records, or Arrow data with the record's columns in any order; a reader is never held whole.
            part: Name of the part, such as the stage that writes it.

        Returns:
            The file.

        Raises:
            ValueError: A column is missing, of another type, or null where the record wants a value.
            StorageFull: The disk is full; the part still holds what it held.
        """
        path = self.path(record, part)
        with storage_full_named(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path, is_durable=True) as draft:
                _write(draft, record, rows)
        return path

    def discard(self, record: type[Record], part: str) -> None:
        """Remove one part of a table, so that a stage that is repeated does not read what it wrote."""
        self.path(record, part).unlink(missing_ok=True)

    @contextmanager
    def scratch(self, stage: str) -> Iterator[Path]:
        """Lend a folder for what a stage has in between, empty at first and gone when the block ends."""
        root = self.root / ".scratch" / stage
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        try:
            yield root
        finally:
            shutil.rmtree(root, ignore_errors=True)

    def clear(self) -> None:
        """Remove every part of every table, such as those of an attempt that was killed."""
        for file in self.root.glob("*/*.parquet"):
            file.unlink()

    def read(self, record: type[Record], columns: Collection[str] | None = None) -> pa.Table:
        """Read all parts of a table; without any, a table of no rows. What parts from before lack is filled in.

        Args:
            record: Record class of the table.
            columns: Columns to read, in the order of the record's; None for all.
        """
        schema = _schema(record, columns)
        parts = []
        for path in self.files(record):
            with pq.ParquetFile(path) as file:
                table = file.read(columns=record.sources(schema.names))
            parts.append(_fit(record.completed(table, schema.names), schema))
        return pa.concat_tables([schema.empty_table(), *parts])

    def batches(self, record: type[Record], columns: Collection[str]) -> Iterator[pa.Table]:
        """Read some columns of a table in pieces, so that it is never held whole; parts by name, rows in their order."""
        schema = _schema(record, columns)
        for path in self.files(record):
            with pq.ParquetFile(path) as file:
                names = record.sources(schema.names)
                for batch in file.iter_batches(_ROWS_PER_BATCH, columns=names):
                    table = pa.Table.from_batches([batch])
                    yield _fit(record.completed(table, schema.names), schema)

    def read_part(self, record: type[Record], part: str) -> pa.Table:
        """Read one part of a table; a table of no rows where it was not written."""
        schema, file = record.arrow_schema(), self.path(record, part)
        if not file.exists():
            return schema.empty_table()
        return _fit(record.completed(pq.read_table(file, partitioning=None)), schema)

    def n_rows(self, record: type[Record]) -> int:
        """Count the rows of a table from the files' footers."""
        return sum(pq.read_metadata(file).num_rows for file in self.files(record))


def _schema(record: type[Record], columns: Collection[str] | None) -> pa.Schema:
    schema = record.arrow_schema()
    return schema if columns is None else pa.schema([f for f in schema if f.name in columns])


def _write(path: Path, record: type[Record], rows: Any) -> None:
    schema = record.arrow_schema()
    with path.open("wb") as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for table in _batches(record, rows):
            writer.write_table(_fit(table, schema))


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
