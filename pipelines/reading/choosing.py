"""Choosing: which columns of a table are read, and an example of each of the others."""

from typing import Any

from winnow.pipelines.reading.settings import Source
from winnow.pipelines.reading.usage import Usage
from winnow.schemas.errors import InvalidSettings


class Chooser:
    """Chooses columns for one source, file after file."""

    def __init__(self, source: Source, name: str, usage: Usage) -> None:
        """Choose what the settings name and what has a name of ours, and note the rest in `usage`."""
        self._columns = source.columns
        self._wanted = {source.columns.get(c, c) for c in source.known_columns} | {*source.kept}
        self._kept = source.kept
        self._key = source.key
        self._name = name
        self._usage = usage
        self._unshown: list[str] = []

    def __call__(self, found: list[str]) -> list[str]:
        """Name the columns to read of those that a table has.

        Raises:
            InvalidSettings: One that the settings name is missing, or none is left.
        """
        self._usage.columns.update(found)
        listed = ", ".join(found)
        for ours, theirs in self._columns.items():
            if theirs is not None and theirs not in found:
                raise InvalidSettings(
                    f"{self._name} has no column {theirs!r}, which columns.{ours} names; its columns: {listed}"
                )
        for name in self._kept:
            if name not in found:
                raise InvalidSettings(
                    f"{self._name} has no column {name!r}, which {self._key}.keep names; its columns: {listed}"
                )
        chosen = [column for column in found if column in self._wanted]
        if not chosen:
            raise InvalidSettings(
                f"{self._name} has no column that can be read; its columns: {listed or 'none'}; "
                "name the right ones in the settings, such as columns: {prompt: instruction}"
            )
        self._unshown = [c for c in found if c not in chosen and not self._usage.holds(c)]
        return chosen

    def unshown(self) -> list[str]:
        """Name the columns that are not read, and of which no example was shown yet."""
        return self._unshown

    def show(self, rows: list[Any]) -> None:
        """Take in the first rows of the columns that are not read."""
        for row in rows:
            if isinstance(row, dict):
                self._usage.see(row)
        for column in self._unshown:
            self._usage.not_seen(column)
        self._unshown = []
