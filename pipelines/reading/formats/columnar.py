"""Parquet files, read in Arrow batches."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.formats.row import Choose, Row
from winnow.schemas.errors import MalformedInput

ROWS_PER_BATCH = 1024
ROWS_SHOWN = 64
"""Rows in which an example of a column is looked for that is not read."""
_NO_PARQUET = ("magic bytes", "Thrift", "file size is 0 bytes", "smaller than")
"""Words in which Arrow says that a file is no whole Parquet file."""
_BUFFER_BYTES = 1 << 16


def read_parquet(path: Path, name: str, choose: Choose) -> Iterator[Row]:
    """Read the chosen columns.

    Raises:
        MalformedInput: It is no Parquet file, or a damaged one.
    """
    try:
        with pq.ParquetFile(path.absolute()) as file:
            wanted = choose(file.schema_arrow.names)
            if unshown := choose.unshown():
                choose.show(_first_rows(path, unshown))
            batches = file.iter_batches(batch_size=ROWS_PER_BATCH, columns=wanted)
            yield from rows_of(batches, name)
    except (pa.ArrowException, OSError) as error:
        raise MalformedInput(f"{name} {parquet_fault(error)}") from error


def parquet_fault(error: Exception) -> str:
    """Say why a file cannot be read as Parquet, and what to do."""
    reason = " ".join(str(error).split())
    if any(words in reason for words in _NO_PARQUET):
        reason = "it is cut off, or something else under that name"
    return f"cannot be read as Parquet: {reason.removesuffix('.')}; write it again, or name it as what it is"


def _first_rows(path: Path, columns: list[str]) -> list[Any]:
    # Read through a small buffer: what is not wanted may be large, such as images.
    with pq.ParquetFile(path.absolute(), buffer_size=_BUFFER_BYTES) as file:
        batch = next(file.iter_batches(batch_size=ROWS_SHOWN, columns=columns), None)
        return _values(batch) if batch else []


def rows_of(batches: Iterable[pa.RecordBatch | pa.Table], name: str) -> Iterator[Row]:
    """Number the rows of a table from 1."""
    number = 0
    for batch in batches:
        for data in _values(batch):
            number += 1
            yield Row(f"{name}:{number}", data)


def _values(batch: pa.RecordBatch | pa.Table) -> list[Any]:
    try:
        nested = [field.name for field in batch.schema if pa.types.is_nested(field.type)]
        rows = batch.to_pylist()
        return [row | {name: _without_padding(row[name]) for name in nested} for row in rows]
    except UnicodeDecodeError as error:
        if batch.num_rows == 1:
            return [Defect("not_utf8", f"a text is not UTF-8: {error}; write the file again")]
    return [value for i in range(batch.num_rows) for value in _values(batch.slice(i, 1))]


def _without_padding(value: Any) -> Any:
    """Leave out the nulls inside objects: Arrow gives every object of a column the keys of all the others."""
    if isinstance(value, dict):
        return {key: _without_padding(v) for key, v in value.items() if v is not None}
    return [_without_padding(item) for item in value] if isinstance(value, list) else value
