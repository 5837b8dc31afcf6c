"""Rows of files in order, whether or not they fit into memory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from winnow.warehouse.sql import parquet, quote

_MEMORY = "256MB"
_BATCH_ROWS = 10_000


@contextmanager
def rows_in_order(files: Sequence[Path], by: str, scratch: Path) -> Iterator[pa.RecordBatchReader]:
    """Read the rows of Parquet files in an order, batch by batch.

    Args:
        files: The files, at least one, all of the same columns.
        by: The columns to order by, as SQL has them.
        scratch: Folder for what does not fit into memory meanwhile.
    """
    import duckdb

    with duckdb.connect() as con:
        con.execute(f"set memory_limit = '{_MEMORY}'; set temp_directory = {quote(str(scratch))}")
        con.execute("set preserve_insertion_order = false")
        rows = con.execute(f"select * from {parquet(files)} order by {by}")
        yield rows.to_arrow_reader(_BATCH_ROWS)
