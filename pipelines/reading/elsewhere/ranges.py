"""Ranges of a file of JSON Lines, cut where lines end."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, overload

from winnow.pipelines.reading.formats.jsonl import NumberedLine, numbered_lines, row_of
from winnow.pipelines.reading.formats.row import Row

_BYTES = 1 << 22
"""Bytes of a range, to the end of the line that they end in."""


class Range(NamedTuple):
    """Whole lines of a file."""

    path: Path
    name: str
    """What places begin with."""

    start: int
    n_bytes: int
    first: int
    """Number of its first line."""

    def lines(self) -> list[NumberedLine]:
        """Read its lines that are not blank."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            held = file.read(self.n_bytes)
        return list(numbered_lines(io.BytesIO(held), self.name, self.first))


def ranges_of(path: Path, name: str) -> Iterator[Range]:
    """Cut a file into ranges."""
    start, first = 0, 1
    with path.open("rb") as file:
        while held := file.read(_BYTES):
            if not held.endswith(b"\n"):
                held += file.readline()
            yield Range(path, name, start, len(held), first)
            start, first = start + len(held), first + held.count(b"\n")


class RangeRows(Sequence[Row]):
    """The rows of a range, each read only where it is asked for."""

    def __init__(self, of: Range, n_rows: int) -> None:
        """Take a range, and how many rows were found in it."""
        self._range = of
        self._n_rows = n_rows
        self._lines: list[NumberedLine] | None = None

    def __len__(self) -> int:
        return self._n_rows

    @overload
    def __getitem__(self, i: int) -> Row: ...
    @overload
    def __getitem__(self, i: slice) -> list[Row]: ...

    def __getitem__(self, i: int | slice) -> Row | list[Row]:
        if self._lines is None:
            self._lines = self._range.lines()
        return [*map(row_of, self._lines[i])] if isinstance(i, slice) else row_of(self._lines[i])
