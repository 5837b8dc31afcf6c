"""Fields: one row under our column names, with the checks that every text has to pass."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from winnow.pipelines.reading.defects import Defect, abridged, json_fault, kind_of
from winnow.pipelines.reading.exact import read_exact
from winnow.pipelines.reading.usage import Usage

_N_SHOWN = 12
_WHOLE = re.compile(r"(-?\d+)\.0+")
_OF_OBJECTS = {
    "prompt", "messages", "responses", "response_a", "response_b", "chosen", "rejected",
}  # fmt: skip
"""Columns whose objects are read by their keys."""


def check_text(value: Any, where: str, reason: str = "bad_field") -> str:
    """Return a text as it is.

    Raises:
        Defect: It is no text (`reason`), holds a lone surrogate (not_unicode) or U+0000 (nul_character).
    """
    if not isinstance(value, str):
        raise Defect(reason, f"{where} is {kind_of(value)}, wanted a string")
    if "\0" in value:
        raise Defect(
            "nul_character", f"{where} holds U+0000 at character {value.index(chr(0))}; remove it"
        )
    if not value.isascii():
        _check_unicode(value, where)
    return value


def _check_unicode(value: str, where: str) -> None:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        found = f"U+{ord(value[error.start]):04X} at character {error.start}"
        raise Defect(
            "not_unicode", f"{where} holds the lone surrogate {found}; replace it"
        ) from None


def is_missing(value: Any) -> bool:
    """Say whether a cell holds nothing: null, or NaN, which tables write where a number is missing."""
    return value is None or (isinstance(value, float | Decimal) and value != value)


def as_code(value: str | int | float | Decimal) -> str:
    """Write an id or a code as text, so that 1, 1.0 and "1.0" are one, and so are true, True and "True".

    A table turns whole numbers into 1.0 as soon as one of them is missing.
    """
    text = str(value).strip()
    if text in ("True", "False"):
        return text.lower()
    if isinstance(value, float | Decimal) and value == value and value % 1 == 0:
        return str(int(value))
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text


class Fields:
    """One row as an object, read by our names; what is null or NaN is missing."""

    def __init__(
        self,
        data: Mapping[str, Any],
        columns: Mapping[str, str | None],
        usage: Usage | None = None,
        inside: str = "",
    ) -> None:
        """Read `data` by our names.

        Args:
            data: The row, or an object in it.
            columns: The file's own names for ours, where they differ.
            usage: Where it is noted what is read; None where nobody asks.
            inside: What the paths of its columns begin with there.
        """
        self._data = data
        self._columns = columns
        self._usage = usage
        self._inside = inside
        if usage:
            usage.see(data, inside)
            self._read, self._names = usage.reads(inside)

    def column(self, name: str) -> str:
        """Return the file's own name of a column, for messages."""
        return self._columns.get(name) or name

    def get(self, name: str) -> Any:
        """Return the value as it stands; None where it is missing, null, NaN or left unread."""
        value = self.peek(name)
        if value is None or self._usage is None:
            return value
        self._read.add(self._columns.get(name, name) or name)
        self._names.add(name)
        return self._watched(name, value) if name in _OF_OBJECTS else value

    def kept(self, columns: Sequence[str]) -> dict[str, Any]:
        """Return what the row holds in columns by the file's own names; those that are missing are left out."""
        found = {name: value for name in columns if not is_missing(value := self._data.get(name))}
        if self._usage:
            self._read.update(found)
        return found

    def is_mapped(self, name: str) -> bool:
        """Say whether the settings name the column."""
        return self._columns.get(name) is not None

    def peek(self, name: str) -> Any:
        """Return the value as `get` does, for a look that does not count as reading it."""
        column = self._columns.get(name, name)
        value = None if column is None else self._data.get(column)
        return None if is_missing(value) else value

    def _watched(self, name: str, value: Any) -> Any:
        path = self._inside + self.column(name)
        return self._usage.watched(value, path) if self._usage else value

    def inner(self, value: Mapping[str, Any], name: str) -> "Fields":
        """Return an object of the list that a column holds, to be read by our names."""
        return Fields(value, {}, self._usage, f"{self._inside}{self.column(name)}[].")

    def decided_by(self, setting: str) -> None:
        """Note that a setting decided something that the row does not say."""
        if self._usage:
            self._usage.settings.add(setting)

    def translated(self, word: str) -> None:
        """Note that `verdicts` gave a word of the row its meaning."""
        if self._usage:
            self._usage.words.add(word)

    def counted(self, what: str) -> None:
        """Count something that is said when the source has been read."""
        if self._usage:
            self._usage.counted[what] += 1

    def text(self, name: str, reason: str = "bad_field") -> str | None:
        """Return a text, or None where it is missing.

        Raises:
            Defect: The value is no usable text.
        """
        value = self.get(name)
        return None if value is None else check_text(value, repr(self.column(name)), reason)

    def label(self, name: str) -> str | None:
        """Return an id, which may be a number, as text; None where it is missing or blank.

        Raises:
            Defect: bad_field, or it is no usable text.
        """
        value = self.get(name)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return as_code(value)
        text = self.text(name)
        whole = _WHOLE.fullmatch(text) if text else None
        return whole[1] if whole else text or None

    def structure(self, name: str) -> Any:
        """Return a list or object; a table without nesting may hold it as JSON text."""
        value = self.get(name)
        if not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
            return value
        try:
            found = read_exact(value)
            return self._watched(name, found) if name in _OF_OBJECTS else found
        except RecursionError:
            fault = "it is nested too deeply"
        except ValueError as error:
            fault = json_fault(error)
        raise Defect(
            "bad_field", f"{self.column(name)!r} is no JSON: {fault}; found {abridged(value)}"
        )

    def found(self) -> str:
        """List the row's own columns that hold anything, for messages."""
        names = [str(k) for k, v in self._data.items() if v is not None]
        shown = [name if name.isprintable() else abridged(name) for name in names[:_N_SHOWN]]
        more = f" and {len(names) - _N_SHOWN} more" if len(names) > _N_SHOWN else ""
        return (", ".join(shown) or "none") + more
