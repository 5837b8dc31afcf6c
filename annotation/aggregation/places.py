"""Where the rows of a table come from, for messages."""

from collections.abc import Sequence

import pyarrow as pa

LINE = "line"
"""Column of a table from a file: the line, or in formats without lines the number of the row from 1."""
_FILE = b"file"


def with_lines(table: pa.Table, file: str, lines: Sequence[int]) -> pa.Table:
    """Return a table that knows which file it comes from, and from which line each row."""
    numbered = table.append_column(LINE, pa.array(lines, pa.int64()))
    return numbered.replace_schema_metadata({_FILE: file.encode()})


def place_of(table: pa.Table, row: int, what: str = "") -> str:
    """Name a row: by file and line where they are known, else by its index in the table.

    Args:
        table: The table.
        row: Index of the row, from 0.
        what: What the table holds, such as "judgments".
    """
    file = (table.schema.metadata or {}).get(_FILE)
    if file is None or LINE not in table.column_names:
        return f"{what} row {row}".strip()
    return f"{file.decode()}:{table[LINE][row].as_py()}"
