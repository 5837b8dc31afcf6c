"""Record: one pydantic definition, from which the Arrow schema and the warehouse table follow."""

import types
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self, Union, get_args, get_origin

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticUndefined

from winnow.schemas.field_docstrings import descriptions

_SCALARS: dict[type, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    datetime: pa.timestamp("us", tz="UTC"),
}


class Value(BaseModel):
    """A part of a record without an id or a table of its own; becomes an Arrow struct."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Record(Value):
    """One row of a warehouse table.

    A field's docstring becomes the column's `description` in Arrow and Parquet. `X | None` makes a column nullable.
    """

    table: ClassVar[str]
    """Name of the table."""

    version: ClassVar[int] = 1
    """Grows when the meaning or the columns change."""

    key: ClassVar[tuple[str, ...]]
    """Columns that tell one row from every other; publishing skips a row whose key is already there."""

    copied: ClassVar[Mapping[str, str]] = {}
    """Columns that rows from before lack, with the column that says the same there."""

    derived: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """Columns that rows from before lack, with the column whose text holds them there, and the pattern (RE2) whose group
    `found` they are."""

    gained: ClassVar[tuple[str, ...]] = ()
    """Columns that a row which is there gains from a later one of its key, where it holds null."""

    @classmethod
    def arrow_schema(cls) -> pa.Schema:
        """List the table's columns, in the order of the fields."""
        return _arrow_schema(cls)

    @classmethod
    def to_table(cls, records: Iterable[Self]) -> pa.Table:
        """Put records into an Arrow table with the record's own schema."""
        rows, schema = list(records), cls.arrow_schema()
        columns = ([getattr(row, name) for row in rows] for name in schema.names)
        arrays = [
            pa.array(map(_plain, values) if field.type.num_fields else values, field.type)
            for field, values in zip(schema, columns, strict=True)
        ]
        return pa.Table.from_arrays(arrays, schema=schema)

    @classmethod
    def from_columns(cls, columns: Mapping[str, Any], like: Self) -> pa.Table:
        """Put columns into an Arrow table with the record's own schema.

        Args:
            columns: Valid values by field, at least one; lists or arrays of shape (n,).
            like: A record that holds what every row has in the fields that are left out.
        """
        schema, held = cls.arrow_schema(), like.model_dump()
        given = {name: pa.array(v, schema.field(name).type) for name, v in columns.items()}
        n = len(next(iter(given.values())))
        arrays = [
            given[f.name] if f.name in given else repeated(held[f.name], n, f.type) for f in schema
        ]
        return pa.Table.from_arrays(arrays, schema=schema)

    @classmethod
    def sources(cls, names: Collection[str]) -> list[str]:
        """Return the columns to read for some columns: they, and those that `copied` and `derived` take for them."""
        copied = (cls.copied[name] for name in names if name in cls.copied)
        derived = (cls.derived[name][0] for name in names if name in cls.derived)
        return list(dict.fromkeys([*names, *copied, *derived]))

    @classmethod
    def completed(cls, table: pa.Table, names: Collection[str] | None = None) -> pa.Table:
        """Add the columns that rows from before lack: `copied` or `derived` from another one, or the field's default.

        A column without a default stays missing.

        Args:
            table: The rows.
            names: Columns that are wanted; None for all.
        """
        for field in cls.arrow_schema():
            if field.name in table.column_names or (names is not None and field.name not in names):
                continue
            known, default = cls.copied.get(field.name), cls.model_fields[field.name].default
            text, pattern = cls.derived.get(field.name, ("", ""))
            if known in table.column_names:
                table = table.append_column(field.name, table[known].cast(field.type))
            elif text in table.column_names:
                found = pc.struct_field(pc.extract_regex(table[text], pattern), "found")
                table = table.append_column(field.name, found.cast(field.type))
            elif default is not PydanticUndefined:
                column = repeated(default, table.num_rows, field.type)
                table = table.append_column(field.name, column)
        return table

    @classmethod
    def from_table(cls, table: pa.Table | pa.RecordBatch) -> list[Self]:
        """Read rows back into validated records.

        Raises:
            pydantic.ValidationError: A row breaks the record's own rules.
        """
        lists = [n for n, i in cls.model_fields.items() if isinstance(i.default, tuple)]
        rows = _written_times(_without_defaults(cls, table)).to_pylist()
        for row in rows:
            # A list that rows from before lack is null in the warehouse.
            row.update({name: () for name in lists if name in row and row[name] is None})
        validate = cls.__pydantic_validator__.validate_python
        return [validate(row) for row in rows]


def _without_defaults(
    record: type[Record], table: pa.Table | pa.RecordBatch
) -> pa.Table | pa.RecordBatch:
    """Leave out the columns that hold nothing but their default, None or an empty list: they are many and cost most."""
    empty = [
        name
        for name, column in zip(table.schema.names, table.columns, strict=True)
        if name in record.model_fields and _is_default(column, record.model_fields[name].default)
    ]
    return table.drop_columns(empty) if 0 < len(empty) < len(table.schema) else table


def _is_default(column: pa.Array | pa.ChunkedArray, default: Any) -> bool:
    if default is None:
        return bool(column.null_count == len(column))
    if default != () or not pa.types.is_list(column.type):
        return False
    return not pc.max(pc.list_value_length(column)).as_py()


def _plain(value: Any) -> Any:
    """Write what Arrow does not know, values and lists of them, as plain data."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value] if value else value
    return value.model_dump() if isinstance(value, BaseModel) else value


def repeated(value: Any, n: int, kind: pa.DataType) -> pa.Array:
    """Return a column that holds the same value n times."""
    if value is None:
        return pa.nulls(n, kind)
    if value == () and pa.types.is_list(kind):
        starts = repeated(0, n + 1, pa.int32())
        return pa.ListArray.from_arrays(starts, pa.array([], kind.value_type)).cast(kind)
    if n == 0:
        return pa.array([], kind)
    return pa.repeat(pa.scalar(list(value) if isinstance(value, tuple) else value, kind), n)


def _written_times(table: pa.Table | pa.RecordBatch) -> pa.Table | pa.RecordBatch:
    """Write points in time as text: to make Python's of them, Arrow would import pandas."""
    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(pa.string()))
    return table


@cache
def _arrow_schema(record: type[Record]) -> pa.Schema:
    fields, said = [], descriptions(record)
    for name, info in record.model_fields.items():
        kind, nullable = _arrow_type(info.annotation)
        metadata = {"description": said[name]} if name in said else None
        fields.append(pa.field(name, kind, nullable=nullable, metadata=metadata))
    return pa.schema(fields, metadata={"record": record.__name__, "version": str(record.version)})


def _nullable_parts(kind: pa.DataType) -> pa.DataType:
    """Let the parts of a struct that may be missing be null, at any depth: DuckDB gives them out as null where it is."""
    if not pa.types.is_struct(kind):
        return kind
    return pa.struct([pa.field(part.name, _nullable_parts(part.type)) for part in kind])


def _arrow_type(annotation: Any) -> tuple[pa.DataType, bool]:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _arrow_type(args[0])
    if origin in (Union, types.UnionType):
        (inner,) = (a for a in args if a is not type(None))
        return _nullable_parts(_arrow_type(inner)[0]), True
    if origin is Literal:
        return pa.string(), False
    if origin in (tuple, list):
        return pa.list_(_arrow_type(args[0])[0]), False
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        parts = [(n, *_arrow_type(i.annotation)) for n, i in annotation.model_fields.items()]
        return pa.struct([pa.field(n, t, nullable=null) for n, t, null in parts]), False
    if annotation in _SCALARS:
        return _SCALARS[annotation], False
    raise TypeError(
        f"no Arrow type for {annotation!r}; use str, int, float, bool, datetime, Literal, tuple or Value"
    )
