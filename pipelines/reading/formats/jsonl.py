"""JSON Lines and JSON files."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import orjson

from winnow.pipelines.reading.defects import Defect, abridged, json_fault, kind_of
from winnow.pipelines.reading.exact import read_exact
from winnow.pipelines.reading.formats.objects import rows_in
from winnow.pipelines.reading.formats.row import Row
from winnow.pipelines.reading.formats.text import PACKED, SAVE_AS_UTF8, UTF_8, foreign_byte, opened
from winnow.schemas.errors import MalformedInput

_MAY_BE_ROUNDED = {float, list, dict}
"""Types of values that hold, or may hold somewhere, a number that is not whole or has more than 64 bits."""


def read_jsonl(path: Path, name: str, *, encoding: str | None = None) -> Iterator[Row]:
    """Read one object a line; blank lines are skipped, but counted in the places."""
    with opened(path, name, encoding, newline="\n") as file:
        if file.encoding == UTF_8:
            yield from map(row_of, numbered_lines(cast(Iterable[bytes], file.buffer), name))
            return
        for number, line in enumerate(file, start=1):
            if not line.isspace():
                yield Row(f"{name}:{number}", _parsed(line.strip()), len(line))


def is_ranged(path: Path, name: str) -> bool:
    """Tell whether a file, which messages call by a name, can be read from the middle on: UTF-8 without a mark, and not packed."""
    if path.suffix.lower() in PACKED:
        return False
    with opened(path, name) as file:
        return file.encoding == UTF_8


class NumberedLine(NamedTuple):
    """A line of UTF-8 that is not blank."""

    place: str
    text: bytes


def numbered_lines(lines: Iterable[bytes], name: str, first: int = 1) -> Iterator[NumberedLine]:
    """Yield the lines that are not blank, each with its place; the number of the first is `first`."""
    for number, line in enumerate(lines, start=first):
        if line[:1] == b"{" or not _decoded(line).isspace():
            yield NumberedLine(f"{name}:{number}", line)


def row_of(line: NumberedLine) -> Row:
    """Read the object in a line."""
    try:
        value = orjson.loads(line.text)
    except orjson.JSONDecodeError:
        value = None  # so is what only Python reads, such as NaN
    if type(value) is dict and _is_whole(value):
        return Row(line.place, value, len(line.text))
    return Row(line.place, _parsed(_decoded(line.text).strip()), len(line.text))


def _decoded(line: bytes) -> str:
    return line.decode(UTF_8, "surrogateescape")


def _is_whole(row: dict[str, Any]) -> bool:
    """Tell whether a row holds no number that may have been rounded, and nothing that lies deeper than objects in lists."""
    for value in row.values():
        kind = type(value)
        if kind is float:
            return False
        inner = value if kind is list else (value,) if kind is dict else ()
        for one in inner:
            held = one.values() if type(one) is dict else (one,)
            if not _MAY_BE_ROUNDED.isdisjoint(map(type, held)):
                return False
    return True


def _parsed(text: str) -> dict[str, Any] | Defect:
    if (byte := foreign_byte(text)) is not None:
        at = text.index(chr(0xDC00 + byte))
        return Defect(
            "not_utf8", f"byte 0x{byte:02x} at character {at} is not UTF-8; {SAVE_AS_UTF8}"
        )
    try:
        value = read_exact(text)
    except RecursionError:
        return Defect("malformed_json", "the JSON is nested too deeply")
    except ValueError as error:
        hint = "; lines end in CR, save them with LF" if "}\r{" in text else ""
        return Defect("malformed_json", f"{json_fault(error)}; found {abridged(text)}{hint}")
    return _object(value, "the line")


def _object(value: Any, what: str) -> dict[str, Any] | Defect:
    if isinstance(value, dict):
        return value
    return Defect("not_an_object", f"{what} is {kind_of(value)}, wanted an object")


def read_json(
    path: Path, name: str, known: Collection[str], *, encoding: str | None = None
) -> Iterator[Row]:
    """Read an array of objects, or an object that holds the rows, whole; lines of objects are read as such.

    Args:
        path: The file.
        name: What places begin with.
        known: Columns that are looked for: by them an object is told from one that holds the rows.
        encoding: As `opened` takes it.

    Raises:
        MalformedInput: The file is no JSON, or where its rows are cannot be told.
    """
    if _is_lines(path, name, encoding):
        yield from read_jsonl(path, name, encoding=encoding)
        return
    value = _whole(path, name, encoding)
    values = rows_in(value, name, known) if isinstance(value, dict) else value
    if not isinstance(values, list):
        raise MalformedInput(f"{name} is {kind_of(values)}, wanted a list of objects")
    for number, row in enumerate(values, start=1):
        yield Row(f"{name}:{number}", _object(row, "the element"))


def _is_lines(path: Path, name: str, encoding: str | None) -> bool:
    """Tell whether the first line, and not only the whole, is an object; others follow, or it is broken."""
    with opened(path, name, encoding) as file:
        filled = (text for line in file if (text := line.strip()))
        first = next(filled, "")
        if not (first.startswith("{") and first.endswith("}")):
            return False
        return next(filled, None) is not None


def _whole(path: Path, name: str, encoding: str | None) -> Any:
    with opened(path, name, encoding) as file:
        text = file.read()
    if (byte := foreign_byte(text)) is not None:
        raise MalformedInput(f"{name}: byte 0x{byte:02x} is not UTF-8; {SAVE_AS_UTF8}")
    try:
        return read_exact(text) if text.strip() else []
    except RecursionError as error:
        raise MalformedInput(f"{name} is nested too deeply") from error
    except ValueError as error:
        raise MalformedInput(
            f"{name} is no JSON: {json_fault(error)}; for one object a line, name it .jsonl"
        ) from error
