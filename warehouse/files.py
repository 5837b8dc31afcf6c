"""Rows of a query as a file."""

from pathlib import Path

import duckdb
import pyarrow as pa

from winnow.schemas.outputs import ending_of
from winnow.schemas.whole_files import whole_file
from winnow.warehouse.sql import quote
from winnow.warehouse.storage import storage_full_named

_TEXT = {
    ".csv": "FORMAT csv, HEADER",
    ".tsv": "FORMAT csv, HEADER, DELIMITER '\t'",
    ".jsonl": "FORMAT json",
    ".json": "FORMAT json, ARRAY true",
}
_PACKED = {".gz": "gzip", ".zst": "zstd"}
_OPTIONS = {
    ".parquet": "FORMAT parquet, COMPRESSION zstd",
    **_TEXT,
    **{
        f"{ending}{packed}": f"{options}, COMPRESSION {method}"
        for ending, options in _TEXT.items()
        for packed, method in _PACKED.items()
    },
}
ENDINGS = tuple(_OPTIONS)
"""Endings of the files that rows can be written to: the formats that inputs may have."""


def write_rows(rows: pa.Table, path: Path) -> None:
    """Write rows to a file whose ending names the format.

    Args:
        rows: Any columns.
        path: File ending in .parquet, .csv, .tsv, .jsonl or .json, of text also in .gz or .zst after it; an earlier
            one is replaced.

    Raises:
        UnknownName: Another ending.
        StorageFull: There is no space left.
    """
    ending = ending_of(path, ENDINGS)
    path.parent.mkdir(parents=True, exist_ok=True)
    with storage_full_named(path), whole_file(path) as draft, duckdb.connect() as con:
        con.register("rows", rows)
        con.execute(f"COPY rows TO {quote(str(draft.absolute()))} ({_OPTIONS[ending]})")
