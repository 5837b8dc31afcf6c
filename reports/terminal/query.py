"""What the terminal shows of a query's rows."""

from datetime import datetime
from typing import Any

import pyarrow as pa
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from winnow.reports.terminal.console import is_pipe
from winnow.reports.terminal.tables import RowTable, number
from winnow.schemas.plurals import counted

_SHOWN_CHARACTERS = 400
_SHOWN_ROWS = 200


def query_table(rows: pa.Table, *, full: bool = False) -> RenderableType:
    """Show the result of a query, as a table or, where that does not fit the terminal, row by row.

    Args:
        rows: Any columns.
        full: Show every row and all of each text with its lines, instead of the first 200 rows and 400 characters of
            each. In a pipe nothing is left out, and a row without `full` is one line.
    """
    return _QueryView(rows, full)


class _QueryView:
    def __init__(self, rows: pa.Table, full: bool) -> None:
        self._all = rows
        self._full = full

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        is_whole = self._full or is_pipe(options)
        rows = self._all if is_whole else self._all.slice(0, _SHOWN_ROWS)
        table = RowTable(*map(_column, rows.schema), is_keyed=False)
        for row in rows.to_pylist():
            table.add_row(*(_cell(value, self._full, is_whole) for value in row.values()))
        yield table
        n, n_shown = self._all.num_rows, rows.num_rows
        told = counted(n, "row")
        told += f", the first {n_shown:,} shown; --full shows all" if n_shown < n else ""
        yield Text(told, style="dim")


def _column(field: pa.Field) -> Any:
    is_number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
    return number(field.name) if is_number else field.name


def _cell(value: Any, has_lines: bool, is_whole: bool) -> Text:
    if value is None:
        return Text("–", style="dim")
    if isinstance(value, float):
        return Text(f"{value:.6g}")
    if isinstance(value, datetime):
        return Text(value.isoformat(sep=" ", timespec="seconds"))
    if has_lines:
        return Text(str(value))
    line = " ".join(str(value).split())
    return Text(line if is_whole or len(line) <= _SHOWN_CHARACTERS else _cut(line))


def _cut(line: str) -> str:
    """Cut a line between words, where it has any."""
    words, _, _ = line[: _SHOWN_CHARACTERS + 1].rpartition(" ")
    return f"{words or line[:_SHOWN_CHARACTERS]} …"
