"""Judgments and gold as tables, from files of any format that inputs may have."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from winnow.annotation.aggregation.places import with_lines
from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.fields import as_code, check_text, is_missing
from winnow.pipelines.reading.formats.columnar import parquet_fault
from winnow.pipelines.reading.judgments import word_of
from winnow.pipelines.reading.rows import format_of, read_text
from winnow.pipelines.reading.settings import Source
from winnow.schemas.errors import InvalidSettings, MalformedInput
from winnow.schemas.judgments import Verdict

_WHOLE = r"^(-?[0-9]+)\.0+$"
"""As `as_code` reads a number in a text."""


class Columns(NamedTuple):
    """What is read of a table."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Both."""
        return self.required + self.optional


JUDGMENTS = Columns(
    ("item_id", "annotator", "verdict"),
    (
        "kind",
        "order",
        "subset",
        "probability",
        "strength",
        "judgment_id",
        "id",
        "created_at",
        "model_a",
        "model_b",
        "prompt_id",
    ),
)
GOLD = Columns(("item_id", "verdict"))


class TableSource(Source):
    """A file of judgments or gold; its columns have our names."""

    known_columns: ClassVar[tuple[str, ...]] = JUDGMENTS.all


def read_table(path: Path, columns: Columns, *, encoding: str | None = None) -> pa.Table:
    """Read the columns of a table as text without blanks around it; empty and NaN are null, 1.0 is "1".

    Args:
        path: A file of any format that inputs may have.
        columns: Those to read; others are left alone.
        encoding: Of a text file; None for that of its byte-order mark, and UTF-8 where it has none.

    Returns:
        The columns that are there, and the line of each row, so that messages can name it.

    Raises:
        MalformedInput: There is no such file, it cannot be read, or a column is missing.
        InvalidSettings: Its name says no known format.
    """
    if not path.is_file():
        raise MalformedInput(f"{path} is no file; wanted a table of judgments", path=str(path))
    source = TableSource(path=path, encoding=encoding)
    if format_of(path, None) == "parquet":
        if encoding:
            raise InvalidSettings(f"{path} is Parquet, whose texts are UTF-8; leave encoding out")
        return _of_parquet(path, columns)
    return _of_text(source, path, columns)


def in_our_words(table: pa.Table, verdicts: Mapping[str, Verdict]) -> tuple[pa.Table, list[str]]:
    """Return a table with the file's own words for verdicts mapped to ours, and the words that no row says.

    Args:
        table: Judgments or gold, from `read_table`.
        verdicts: Meaning of the file's own words.
    """
    column = table["verdict"]
    words = {said: word_of(said, verdicts) for said in pc.unique(column).to_pylist() if said}
    meant = {said: verdicts[word] if word else said for said, word in words.items()}
    mapped = pa.chunked_array([[said and meant[said] for said in column.to_pylist()]], pa.string())
    place = table.column_names.index("verdict")
    unsaid = [word for word in verdicts if word not in words.values()]
    return table.set_column(place, "verdict", mapped), unsaid


def _check_columns(path: Path, found: Sequence[str], columns: Columns) -> None:
    if not found:
        raise MalformedInput(f"{path} is empty, wanted the columns {', '.join(columns.required)}")
    missing = [name for name in columns.required if name not in found]
    if missing:
        raise MalformedInput(
            f"{path} has no column {', '.join(missing)}; wanted {', '.join(columns.required)}, "
            f"found {', '.join(n if n.isprintable() else repr(n) for n in found)}; rename the columns",
            missing=missing,
        )


def _of_parquet(path: Path, columns: Columns) -> pa.Table:
    try:
        found = pq.read_schema(path.absolute()).names
        _check_columns(path, found, columns)
        table = pq.read_table(
            path.absolute(), columns=[name for name in columns.all if name in found]
        )
        _check_types(path, table)
        texts = {name: _text(table[name]) for name in table.column_names}
    except (pa.ArrowException, OSError) as error:
        raise MalformedInput(f"{path} {parquet_fault(error)}") from error
    return with_lines(pa.table(texts), path.name, range(1, table.num_rows + 1))


def _check_types(path: Path, table: pa.Table) -> None:
    for name, kind in zip(table.column_names, table.schema.types, strict=True):
        if pa.types.is_nested(kind) or pa.types.is_boolean(kind):
            raise MalformedInput(f"{path}: column {name} is of type {kind}, wanted text")


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_floating(kind):
        codes = [None if is_missing(v) else as_code(v) for v in column.to_pylist()]
        return pa.chunked_array([codes], pa.string())
    text = pc.utf8_trim_whitespace(pc.cast(column, pa.string()))
    text = pc.replace_substring_regex(text, _WHOLE, r"\1")
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _of_text(source: Source, path: Path, columns: Columns) -> pa.Table:
    header: dict[str, None] = {}
    values: dict[str, list[str | None]] = {}
    lines: list[int] = []
    for place, line, data in _rows(source, path, header):
        for name in columns.all:
            if name in data and name not in values:
                values[name] = [None] * len(lines)
            if name in values:
                values[name].append(_cell(data.get(name), name, place))
        lines.append(line)
    _check_columns(path, list(header), columns)
    found = [name for name in columns.all if name in header]
    texts = {n: _text(pa.chunked_array([values.get(n, [])], pa.string())) for n in found}
    return with_lines(pa.table(texts), path.name, lines)


def _rows(
    source: Source, path: Path, header: dict[str, None]
) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Yield each row with its place and line, and note the columns that there are."""

    def note(found: Sequence[str]) -> None:
        header.update(dict.fromkeys(name.strip() for name in found))

    for row in read_text(path, path.name, source, note):
        if isinstance(row.data, Defect):
            raise MalformedInput(f"{row.place}: {row.data.detail}", path=str(path))
        data = row.data
        if not data.keys() <= header.keys():
            data = {name.strip(): value for name, value in data.items()}
            note(list(data))
        yield row.place, int(row.place.rpartition(":")[2]), data


def _cell(value: Any, name: str, place: str) -> str | None:
    if is_missing(value):
        return None
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return as_code(value)
    try:
        return check_text(value, repr(name))
    except Defect as defect:
        raise MalformedInput(f"{place}: {defect.detail}") from None
