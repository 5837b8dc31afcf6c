"""Row: what every reader gives."""

from typing import Any, NamedTuple, Protocol

from winnow.pipelines.reading.defects import Defect


class Choose(Protocol):
    """Given the columns that a table has, names those to read, or raises where a mapped one is missing."""

    def __call__(self, found: list[str]) -> list[str]:
        """Name the columns to read."""

    def unshown(self) -> list[str]:
        """Name the columns not to read of which an example is wanted."""

    def show(self, rows: list[Any]) -> None:
        """Take in the first rows of those."""


class Row(NamedTuple):
    """One row of an input, or why it cannot be read."""

    place: str
    """File and line, such as "prompts.jsonl:17"; in formats without lines, file and number of the row from 1."""

    data: dict[str, Any] | Defect

    size: int = 0
    """Characters, or bytes of UTF-8, that it takes in the file; 0 where nobody counts them."""

    def n_characters(self) -> int:
        """Return `size`, or else the characters of its texts, however deep they lie."""
        n, left = self.size, [] if self.size else [self.data]
        while left:
            value = left.pop()
            if isinstance(value, str | bytes):
                n += len(value)
            elif isinstance(value, dict):
                left += value.values()
            elif isinstance(value, list):
                left += value
        return n
