"""Fields: one row under our column names, with the checks that every text has to pass."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pipelines.reading.defects import Defect, abridged, json_fault, kind_of
from pipelines.reading.exact import read_exact

_N_SHOWN = 12
_WHOLE = re.compile(r"(-?\d+)\.0+")


def check_text(value: Any, where: str, reason: str = "bad_field") -> str:
    """Give back a text as it is.

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

    def __init__(self, data: Mapping[str, Any], columns: Mapping[str, str | None]) -> None:
        self._data = data
        self._columns = columns

    def column(self, name: str) -> str:
        """Give the file's own name of a column, for messages."""
        return self._columns.get(name) or name

    def get(self, name: str) -> Any:
        """Give the value as it stands; None where it is missing, null, NaN or left unread."""
        column = self._columns.get(name, name)
        value = None if column is None else self._data.get(column)
        return None if is_missing(value) else value

    def text(self, name: str, reason: str = "bad_field") -> str | None:
        """Give a text, or None where it is missing.

        Raises:
            Defect: The value is no usable text.
        """
        value = self.get(name)
        return None if value is None else check_text(value, repr(self.column(name)), reason)

    def label(self, name: str) -> str | None:
        """Give an id, which may be a number, as text; None where it is missing or blank.

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
        """Give a list or object; a table without nesting may hold it as JSON text."""
        value = self.get(name)
        if not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
            return value
        try:
            return read_exact(value)
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
