"""Pieces of SQL."""

from collections.abc import Iterable
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

_PATTERN_MARKS = "*?["


class Queryable(Protocol):
    """What answers SQL, such as an open warehouse; so that questions to it need not know how it is opened."""

    def query(
        self, sql: str, at: str | None = None, parameters: dict[str, Any] | None = None
    ) -> pa.Table:
        """Run SQL; see `winnow.warehouse.catalog.Warehouse.query`."""
        ...


def quote(text: str) -> str:
    """Write text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def load_query(name: str) -> str:
    """Return the text of `queries/<name>.sql`."""
    text = (
        package_files("winnow.warehouse.queries")
        .joinpath(f"{name}.sql")
        .read_text(encoding="utf-8")
    )
    return text.strip()


def quote_name(name: str) -> str:
    """Write a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def parquet(files: Iterable[Path]) -> str:
    """Write Parquet files as an SQL table: these files, whatever their names look like."""
    named = ", ".join(quote(_no_pattern(str(file.absolute()))) for file in files)
    return f"read_parquet([{named}], hive_partitioning = false)"


def is_pattern(path: str) -> bool:
    """Tell whether DuckDB, looking for files below a path, would look elsewhere: it is a pattern, or holds a backslash."""
    return any(mark in path for mark in _PATTERN_MARKS + "\\")


def _no_pattern(path: str) -> str:
    # In a pattern DuckDB takes a backslash for a slash. As it stands, the path then matches nothing, and DuckDB opens
    # the file of that very name.
    if "\\" in path:
        return path
    return "".join(f"[{c}]" if c in _PATTERN_MARKS else c for c in path)
