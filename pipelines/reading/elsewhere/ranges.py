"""Ranges of a file of JSON Lines, cut where lines end."""

import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple, overload

from winnow.pipelines.reading.formats.jsonl import NumberedLine, numbered_lines, row_of
from winnow.pipelines.reading.formats.row import Row
from winnow.schemas.errors import MalformedInput

_BYTES = 1 << 22
"""Bytes of a range, to the end of the line that they end in."""


class FileState(NamedTuple):
    """What tells a file from the same one once it is replaced, or written to."""

    device: int
    number: int
    n_bytes: int
    modified_ns: int

    @classmethod
    def of(cls, file: BinaryIO) -> "FileState":
        """Look at an open file."""
        found = os.fstat(file.fileno())
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


class Range(NamedTuple):
    """Whole lines of a file."""

    path: Path
    name: str
    """What places begin with."""

    start: int
    n_bytes: int
    first: int
    """Number of its first line."""

    state: FileState
    """Of the file, when it began to be cut."""

    def lines(self) -> list[NumberedLine]:
        """Read its lines that are not blank.

        Raises:
            MalformedInput: The file is no longer the one that was cut.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(self.start)
                held = file.read(self.n_bytes)
                state = FileState.of(file)
        except FileNotFoundError as error:
            raise _changed(self.name) from error
        if state != self.state or len(held) != self.n_bytes:
            raise _changed(self.name)
        return list(numbered_lines(io.BytesIO(held), self.name, self.first))


def ranges_of(path: Path, name: str) -> Iterator[Range]:
    """Cut a file into ranges.

    Raises:
        MalformedInput: It was changed meanwhile.
    """
    start, first = 0, 1
    with path.open("rb") as file:
        state = FileState.of(file)
        while held := file.read(_BYTES):
            if not held.endswith(b"\n"):
                held += file.readline()
            if FileState.of(file) != state:
                break
            yield Range(path, name, start, len(held), first, state)
            start, first = start + len(held), first + held.count(b"\n")
        if FileState.of(file) != state:
            raise _changed(name)


def _changed(name: str) -> MalformedInput:
    return MalformedInput(f"{name} was changed while it was read; give the same command again")


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
