"""The data files of an export: one a split, with its column types inside."""

import hashlib
import json
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Literal, NamedTuple, Self

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from datasets import Features

_NAME_DIGITS = 16
_ROWS_PER_GROUP = 1_000


class ExportFile(NamedTuple):
    """One data file."""

    path: str
    """Path inside the folder."""

    sha256: str
    """SHA-256 of the file, as 64 hex digits."""

    n_bytes: int
    """Size."""


class SplitFiles:
    """Writes rows to data/<split>-00000-of-00001.<suffix>, opening each file when its first row comes."""

    def __init__(
        self, folder: Path, file_type: Literal["parquet", "jsonl"], features: "Features"
    ) -> None:
        self._folder = folder / "data"
        self._file_type = file_type
        self._features = features
        self._open: dict[str, _JsonLines | _Parquet] = {}
        self._stack = ExitStack()
        self._folder.mkdir()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def write(self, split: str, rows: Iterable[dict[str, Any]]) -> None:
        """Add rows to a split."""
        for row in rows:
            self._file(split).write(row)

    def write_table(self, splits: pa.Array, rows: pa.Table) -> None:
        """Add rows to the split that each names; they have the columns of the features."""
        for split in pc.unique(splits).to_pylist():
            self._file(split).write_table(rows.filter(pc.equal(splits, split)))

    def _file(self, split: str) -> "_JsonLines | _Parquet":
        if split not in self._open:
            path = self._folder / f"{split}-00000-of-00001.{self._file_type}"
            kind = _JsonLines if self._file_type == "jsonl" else _Parquet
            self._open[split] = file = kind(path, self._features)
            self._stack.callback(file.close)
        return self._open[split]


class _JsonLines:
    def __init__(self, path: Path, features: "Features") -> None:
        self._columns = list(features)
        self._file: IO[str] = path.open("w", encoding="utf-8")

    def write(self, row: dict[str, Any]) -> None:
        ordered = {name: row[name] for name in self._columns}
        self._file.write(json.dumps(ordered, ensure_ascii=False, allow_nan=False) + "\n")

    def write_table(self, rows: pa.Table) -> None:
        for row in rows.to_pylist():
            self.write(row)

    def close(self) -> None:
        self._file.close()


class _Parquet:
    """Writes columns as Arrow has them, whatever version of `datasets` is here.

    A column of JSON is one of text, and alone needs the column types of `datasets` beside the Arrow ones: without them
    an older version than knows such columns would load text where it now stops and says why.
    """

    def __init__(self, path: Path, features: "Features") -> None:
        import pyarrow.parquet as pq

        self._schema, self._json = plain_schema(features)
        self._rows: list[dict[str, Any]] = []
        self._tables = [self._schema.empty_table()]
        self._file = path.open("wb")
        self._writer = pq.ParquetWriter(self._file, self._schema)

    def write(self, row: dict[str, Any]) -> None:
        self._rows.append(row | {name: _as_json(row[name]) for name in self._json})
        if len(self._rows) == _ROWS_PER_GROUP:
            self._gather()

    def write_table(self, rows: pa.Table) -> None:
        self._gather()
        self._tables.append(rows.select(self._schema.names).cast(self._schema))
        self._flush()

    def close(self) -> None:
        self._gather()
        self._flush(is_last=True)
        self._writer.close()
        self._file.close()

    def _gather(self) -> None:
        """Put the single rows behind what waits, so that all rows stay in their order."""
        if self._rows:
            self._tables.append(pa.Table.from_pylist(self._rows, schema=self._schema))
            self._rows = []
            self._flush()

    def _flush(self, *, is_last: bool = False) -> None:
        """Write whole row groups, and at last the rest."""
        waiting = pa.concat_tables(self._tables)
        n_whole = len(waiting) if is_last else len(waiting) // _ROWS_PER_GROUP * _ROWS_PER_GROUP
        for start in range(0, n_whole, _ROWS_PER_GROUP):
            group = waiting.slice(start, min(_ROWS_PER_GROUP, n_whole - start))
            self._writer.write_table(group.combine_chunks())
        self._tables = [waiting.slice(n_whole)]


def plain_schema(features: "Features") -> tuple[pa.Schema, frozenset[str]]:
    """Build the Arrow schema of columns, those of JSON as text, and the names of these: lists of JSON values."""
    from datasets import Json, List

    of_json = {
        name
        for name, kind in features.items()
        if isinstance(kind, List) and isinstance(kind.feature, Json)
    }
    fields = [
        pa.field(field.name, pa.list_(pa.string()) if field.name in of_json else field.type)
        for field in features.arrow_schema
    ]
    return pa.schema(fields, features.arrow_schema.metadata if of_json else None), frozenset(
        of_json
    )


def _as_json(values: list[Any]) -> list[str]:
    return [json.dumps(value, ensure_ascii=False, allow_nan=False) for value in values]


def name_by_content(folder: Path) -> tuple[ExportFile, ...]:
    """Put the beginning of its SHA-256 into the name of each data file, and give the files by path.

    `datasets` caches a folder under its own name and the paths in its card, not its contents: with fixed names, the
    folders of two releases that are both called "trl" would load as the same rows.
    """
    return tuple(_named(folder, path) for path in sorted((folder / "data").iterdir()))


def _named(folder: Path, path: Path) -> ExportFile:
    digest = sha256_of(path)
    named = path.rename(path.with_stem(f"{path.stem}-{digest[:_NAME_DIGITS]}"))
    return ExportFile(str(named.relative_to(folder)), digest, named.stat().st_size)


def sha256_of(path: Path) -> str:
    """Hash a file, without holding it whole."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
