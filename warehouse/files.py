"""Rows of a query as a file."""

from pathlib import Path

import duckdb
import pyarrow as pa

from schemas.outputs import ending_of
from warehouse.sql import quote
from warehouse.storage import storage_full_named

_OPTIONS = {
    ".parquet": "FORMAT parquet, COMPRESSION zstd",
    ".csv": "FORMAT csv, HEADER",
    ".jsonl": "FORMAT json",
}
ENDINGS = tuple(_OPTIONS)
"""Endings of the files that rows can be written to."""


def write_rows(rows: pa.Table, path: Path) -> None:
    """Write rows to a file whose ending names the format.

    Args:
        rows: Any columns.
        path: File ending in .parquet, .csv or .jsonl; an earlier one is replaced.

    Raises:
        UnknownName: Another ending.
        StorageFull: There is no space left.
    """
    ending = ending_of(path, ENDINGS)
    draft = path.with_name(f".{path.name}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    with storage_full_named(path), duckdb.connect() as con:
        con.register("rows", rows)
        con.execute(f"COPY rows TO {quote(str(draft.absolute()))} ({_OPTIONS[ending]})")
        draft.replace(path)
