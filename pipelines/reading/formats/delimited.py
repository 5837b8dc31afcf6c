"""CSV and TSV with a header line."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.formats.row import Row
from winnow.pipelines.reading.formats.text import SAVE_AS_UTF8, foreign_byte, opened
from winnow.schemas.errors import MalformedInput

DELIMITERS = (",", ";", "\t", "|")
"""What separates fields in files that programs write; Excel takes the one of the country."""
_LONGEST_FIELD = 2**31 - 1
_LONGEST_HEADER = 1000
_SAID = re.compile(r'"?sep=(.)"?\s*')
"""A first line that tells Excel the delimiter."""


class _Head(NamedTuple):
    """The beginning of a file, as far as its header goes."""

    lines: list[str]
    n_before: int
    delimiter: str


def read_delimited(
    path: Path,
    name: str,
    usual: str,
    choose: Callable[[list[str]], object],
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
) -> Iterator[Row]:
    """Read one row a record, which may span lines inside quotes; its place is its first line. Empty is missing.

    Args:
        path: The file.
        name: What places begin with.
        usual: Delimiter that the format is named after.
        choose: Told the columns of the header.
        delimiter: What separates fields; None for the usual one, or the other one that parts the header.
        encoding: As `opened` takes it.

    Raises:
        MalformedInput: The header cannot be read, or names a column twice.
    """
    # The library's own limit of 131,072 characters is shorter than a long prompt.
    csv.field_size_limit(_LONGEST_FIELD)
    with opened(path, name, encoding) as file:
        head = _head(file, usual, delimiter)
        lines = chain(head.lines, file)
        reader = csv.reader(lines, delimiter=head.delimiter, strict=True)
        header = _header(reader, name)
        if header:
            choose([column for column in header if column])
        yield from _rows(reader, header, name, head.n_before)


def _head(lines: Iterable[str], usual: str, wanted: str | None) -> _Head:
    """Take the header's lines off a file: a quoted name may span several."""
    taken: list[str] = []
    n_before, said = 0, None
    for line in lines:
        if not taken and (line.isspace() or _SAID.fullmatch(line)):
            said = _SAID.fullmatch(line) or said
            n_before += 1
            continue
        taken.append(line)
        if "".join(taken).count('"') % 2 == 0 or len(taken) == _LONGEST_HEADER:
            break
    own = wanted or (said[1] if said else None)
    return _Head(taken, n_before, own or _delimiter(taken, usual))


def _delimiter(header: list[str], usual: str) -> str:
    """Return the usual delimiter where it parts the header, else the one that parts it most."""
    found = {d: len(next(csv.reader(header, delimiter=d), [])) for d in (usual, *DELIMITERS)}
    return usual if found[usual] > 1 else max(found, key=found.__getitem__)


def _header(reader: Any, name: str) -> list[str]:
    try:
        header: list[str] = next(reader, [])
    except csv.Error as error:
        raise MalformedInput(f"{name}: the header cannot be read: {error}") from error
    if any(foreign_byte(column) is not None for column in header):
        raise MalformedInput(f"{name}: the header is not UTF-8; {SAVE_AS_UTF8}")
    # Sheets end in columns without a name where a cell beside the table was once touched.
    twice = sorted({c for c in header if c and header.count(c) > 1})
    if twice:
        raise MalformedInput(f"{name}: the header names column {twice[0]!r} twice; rename one")
    return header


def _rows(reader: Any, header: list[str], name: str, n_before: int) -> Iterator[Row]:
    while True:
        place = f"{name}:{n_before + reader.line_num + 1}"
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(place, Defect("malformed_row", f"{error}; check the quotes"))
            continue
        # A row of nothing but delimiters is how sheets save an empty line.
        if any(values) or (values and len(header) == 1):
            yield Row(place, _record(header, values))


def _record(header: list[str], values: list[str]) -> dict[str, Any] | Defect:
    n_more = len(values) - len(header)
    if n_more < 0 or any(values[len(header) :]):
        return Defect(
            "malformed_row",
            f"the row has {len(values)} fields, the header {len(header)}; quote fields that hold a separator",
        )
    named = {c: v or None for c, v in zip(header, values, strict=False)}
    for column, value in named.items():
        if value and (byte := foreign_byte(value)) is not None:
            return Defect(
                "not_utf8", f"byte 0x{byte:02x} in column {column!r} is not UTF-8; {SAVE_AS_UTF8}"
            )
    return named
