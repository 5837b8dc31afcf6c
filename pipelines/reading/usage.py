"""What a source holds, and what of it and of its settings took effect."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

_MOST_COLUMNS = 500
"""Columns at one place of which an example is kept; a file whose keys are data may have a million of them."""
_EXAMPLE_LENGTH = 40


class Usage:
    """Notes of one source, made while its rows are read.

    Columns are written as paths: "input" is a column of the row, "judgments[].cost" a key of the objects in its list.
    """

    def __init__(self, mapped: Iterable[str | None] = ()) -> None:
        """Begin with nothing; of the columns in `mapped` an example is kept however many others there are."""
        self._mapped = frozenset(mapped)
        self.columns: set[str] = set()
        """Columns of the rows, those that hold nothing included."""

        self.counted: Counter[str] = Counter()
        """What is counted by name, such as "repeats"."""

        self.settings: set[str] = set()
        """Settings that decided something."""

        self.words: set[str] = set()
        """Words of `verdicts` that occurred."""

        self._examples: dict[str, dict[str, str]] = {}
        self._read: defaultdict[str, set[str]] = defaultdict(set)
        self._names: defaultdict[str, set[str]] = defaultdict(set)

    def see(self, row: Mapping[str, Any], inside: str = "") -> None:
        """Keep an example of each column that holds anything.

        Args:
            row: The row, or an object in it.
            inside: What the paths of its columns begin with, such as "judgments[].".
        """
        known = self._examples.setdefault(inside, {})
        if row.keys() <= known.keys():
            return
        if not inside:
            self.columns.update(row)
        for column, value in row.items():
            if column in known or is_empty(value):
                continue
            if len(known) < _MOST_COLUMNS or column in self._mapped:
                known[column] = example(value)

    def shown(self, inside: str) -> Collection[str]:
        """Return the columns of which there is an example."""
        return self._examples.get(inside, {})

    def not_seen(self, column: str) -> None:
        """Note a column of which no row with a value was looked at."""
        self._examples.setdefault("", {}).setdefault(column, "nothing in its first rows")

    def reads(self, inside: str) -> tuple[set[str], set[str]]:
        """Return the sets into which go the columns that are read and hold something, and our names of them.

        A reader of a row asks once and then adds to them as it reads, which is done many times a row.
        """
        return self._read[inside], self._names[inside]

    def is_read(self, name: str) -> bool:
        """Tell whether what we call so was read in a row that holds it."""
        return name in self._names[""]

    def holds(self, column: str) -> bool:
        """Tell whether a column of the rows holds anything."""
        return column in self._examples.get("", ())

    def unread(self) -> dict[str, str]:
        """Return an example of each column that holds something and was read in no row, by its path."""
        return {
            inside + column: shown
            for inside, known in self._examples.items()
            for column, shown in known.items()
            if column not in self._read.get(inside, ())
        }

    def watched(self, value: Any, path: str) -> Any:
        """Return an object, or a list of them, such that what is read of it is noted; other values as they are."""
        if isinstance(value, dict):
            return _Watched(value, f"{path}.", self)
        if isinstance(value, list):
            inside = f"{path}[]."
            return [_Watched(v, inside, self) if isinstance(v, dict) else v for v in value]
        return value


class _Watched(dict[str, Any]):
    """An object of the input that tells which of its keys are read."""

    def __init__(self, data: dict[str, Any], inside: str, usage: Usage) -> None:
        super().__init__(data)
        usage.see(data, inside)
        self._read, _ = usage.reads(inside)

    def get(self, key: str, default: Any = None) -> Any:
        self._read.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self._read.add(key)
        return super().__getitem__(key)


def is_empty(value: Any) -> bool:
    """Tell whether a value is none of which an example could be shown."""
    if isinstance(value, float):
        return value != value  # NaN, which tables hold where nothing is
    return value is None or (isinstance(value, str | list | dict) and not value)


def example(value: Any) -> str:
    """Show a value in one short line that no terminal acts on."""
    if isinstance(value, str):
        text, mark = value[: _EXAMPLE_LENGTH + 1], "'"
    else:
        text, mark = _as_json(value), ""
    if len(text) > _EXAMPLE_LENGTH:
        text = text[: _EXAMPLE_LENGTH - 3] + "..."
    return mark + printable(text) + mark


def printable(text: str) -> str:
    """Write what is not printable, such as a line end or an escape, as Python does."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return "nested too deeply to show"
