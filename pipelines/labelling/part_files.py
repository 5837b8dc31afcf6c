"""Tables that workers write piece by piece, each a file of its own, whole or not there."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from winnow.warehouse.places.placed_file import PlacedFile

_MEMORY = "256MB"
"""What DuckDB may hold of what it sorts; the rest lies on the disk."""


class PartFile:
    """One file; it appears when the block ends, and only where it holds rows."""

    def __init__(self, file: PlacedFile, schema: pa.Schema) -> None:
        self._file, self._schema = file, schema
        self._open = ExitStack()
        self._writer: pq.ParquetWriter | None = None

    def write(self, table: pa.Table) -> None:
        """Add rows."""
        if not table.num_rows:
            return
        if self._writer is None:
            # A runner may try one portion twice at once.
            draft = self._file.place.draft(self._file.name, is_durable=False)
            file = self._open.enter_context(draft)
            self._writer = self._open.enter_context(pq.ParquetWriter(file, self._schema))
        self._writer.write_table(table.cast(self._schema))


@contextmanager
def part_file(file: PlacedFile, schema: pa.Schema) -> Iterator[PartFile]:
    """Lend a file to be written in place of what it held."""
    part = PartFile(file, schema)
    with part._open:
        yield part
    if part._writer is None:
        file.place.remove(file.name)


@contextmanager
def sorting(spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Lend a connection that sorts more than fits into memory.

    Args:
        spill: Folder for what does not fit, gone when the block ends.
    """
    with duckdb.connect() as con:
        con.execute(f"SET memory_limit = '{_MEMORY}'")
        con.execute("SET temp_directory = $folder", {"folder": str(spill)})
        con.execute("SET preserve_insertion_order = false")
        con.execute("SET TimeZone = 'UTC'")
        yield con
    shutil.rmtree(spill, ignore_errors=True)
