"""JSON Lines and JSON arrays."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.reading.defects import Defect, abridged, json_fault, kind_of
from pipelines.reading.exact import read_exact
from pipelines.reading.formats.row import Row
from pipelines.reading.formats.text import opened
from schemas.errors import MalformedInput


def read_jsonl(path: Path, name: str) -> Iterator[Row]:
    """Read one object a line; blank lines are skipped, but counted in the places."""
    with opened(path, name) as file:
        for number, line in enumerate(file, start=1):
            if not line.isspace():
                yield Row(f"{name}:{number}", _parsed(line))


def _parsed(line: bytes) -> dict[str, Any] | Defect:
    try:
        text = line.decode("utf-8").strip()
        value = read_exact(text)
    except UnicodeDecodeError as error:
        found = f"byte 0x{line[error.start]:02x} at position {error.start}"
        return Defect("not_utf8", f"{found} is not UTF-8; convert the file to UTF-8")
    except RecursionError:
        return Defect("malformed_json", "the JSON is nested too deeply")
    except ValueError as error:
        return Defect("malformed_json", f"{json_fault(error)}; found {abridged(text)}")
    return _object(value, "the line")


def _object(value: Any, what: str) -> dict[str, Any] | Defect:
    if isinstance(value, dict):
        return value
    return Defect("not_an_object", f"{what} is {kind_of(value)}, wanted an object")


def read_json(path: Path, name: str) -> Iterator[Row]:
    """Read an array of objects, which is held whole; lines of objects under the name .json are read as such.

    Raises:
        MalformedInput: The file is no JSON.
    """
    with opened(path, name) as file:
        start = file.read(4096).lstrip()[:1]
    if start == b"{":
        yield from read_jsonl(path, name)
        return
    for number, value in enumerate(_array(path, name), start=1):
        yield Row(f"{name}:{number}", _object(value, "the element"))


def _array(path: Path, name: str) -> list[Any]:
    with opened(path, name) as file:
        content = file.read()
    try:
        values = read_exact(content.decode("utf-8")) if content.strip() else []
    except RecursionError as error:
        raise MalformedInput(f"{name} is nested too deeply") from error
    except ValueError as error:
        raise MalformedInput(
            f"{name} is no JSON: {json_fault(error)}; for one object a line, name it .jsonl"
        ) from error
    if not isinstance(values, list):
        raise MalformedInput(f"{name} is {kind_of(values)}, wanted a list of objects")
    return values
