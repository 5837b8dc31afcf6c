"""The tables of the catalog, made from the records."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import duckdb
import pyarrow as pa
from pydantic.fields import FieldInfo

from winnow.schemas.base import Record
from winnow.schemas.tables import PUBLISHED
from winnow.warehouse.sql import quote, quote_name
from winnow.warehouse.types import sql_type, sql_types
from winnow.warehouse.views import view_statements, views_by_name

FORMAT_VERSION = 1
"""Grows when an older Winnow could no longer read what this one writes; a new table or column alone is no reason."""


def format_version(con: duckdb.DuckDBPyConnection) -> int | None:
    """Read the format that the attached warehouse was written in; None where it has no tables yet."""
    try:
        row = con.execute("SELECT format_version FROM winnow_meta").fetchone()
    except duckdb.CatalogException as error:
        if "winnow_meta does not exist" not in str(error):
            raise
        return None
    return row[0] if row else None


def longest_table(con: duckdb.DuckDBPyConnection) -> int:
    """Count the rows of the longest table of the warehouse that is attached as `wh`, as its statistics have it.

    They are read from the catalog itself: `duckdb_tables()` would have DuckLake put together those of every column.
    """
    found = con.execute(
        "SELECT max(record_count) FROM __ducklake_metadata_wh.ducklake_table_stats"
    ).fetchone()
    return int(found[0] or 0) if found else 0


def create_missing_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create, in one transaction, every table, column and view that the attached warehouse lacks.

    An older warehouse grows this way: a column that it lacks is added, with the record's default in the rows
    it has (null where that is a list, or a part of a column), or with what another column says there. A column that may be null by now is allowed to be. A view
    that another Winnow defined otherwise is replaced.
    """
    existing = _columns(con)
    missing = [*_missing_statements(con, existing), *_widening_statements(con, existing)]
    if not missing:
        return
    con.execute("BEGIN")
    try:
        if "winnow_meta" not in existing:
            con.execute("CALL ducklake_set_option('wh', 'parquet_compression', 'zstd')")
            con.execute("CREATE TABLE winnow_meta (format_version BIGINT, n_publishes BIGINT)")
            con.execute("INSERT INTO winnow_meta VALUES (?, 0)", [FORMAT_VERSION])
        for statement in missing:
            con.execute(statement)
        con.execute("COMMIT")
    except duckdb.Error:
        con.execute("ROLLBACK")
        raise


def stand_for_missing(con: duckdb.DuckDBPyConnection) -> Iterable[str]:
    """Return statements that show this connection alone what the attached warehouse lacks, because it is older.

    A table that is not there is empty, a column that is not there holds the record's default, a view is as it is now.
    The attached warehouse, or the snapshot of it, does not change.
    """
    existing = _columns(con)
    (database,) = con.execute("SELECT current_database()").fetchone() or ("",)
    for record in PUBLISHED:
        known = existing.get(record.table, {})
        missing = [
            f'CAST({_stand_in(record, name)} AS {kind}) AS "{name}"'
            for name, kind in sql_types(con, record).items()
            if name not in known
        ]
        rows = f"*, {{}} FROM {database}.{record.table}" if known else "{} LIMIT 0"
        if missing:
            yield f"CREATE TEMP VIEW {record.table} AS SELECT {rows.format(', '.join(missing))}"
    views = con.execute(
        "SELECT view_name FROM duckdb_views() WHERE database_name = current_database()"
    )
    there = {name for (name,) in views.fetchall()}
    for name, text in views_by_name().items():
        if name not in there:
            yield f"CREATE TEMP VIEW {name} AS {text}"


class _Column(NamedTuple):
    type: str
    is_nullable: bool


_Columns = dict[str, dict[str, _Column]]
"""Columns by table and name."""


def _columns(con: duckdb.DuckDBPyConnection) -> _Columns:
    rows = con.execute(
        "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns() "
        "WHERE database_name = current_database()"
    ).fetchall()
    found: _Columns = {}
    for table, name, kind, is_nullable in rows:
        found.setdefault(table, {})[name] = _Column(kind, is_nullable)
    return found


def _widening_statements(con: duckdb.DuckDBPyConnection, existing: _Columns) -> Iterable[str]:
    """Let the columns that are there hold all that the records may hold by now."""
    for record in PUBLISHED:
        types, schema = sql_types(con, record), record.arrow_schema()
        for name, column in existing.get(record.table, {}).items():
            if name not in types:
                continue
            if schema.field(name).nullable and not column.is_nullable:
                yield f'ALTER TABLE {record.table} ALTER COLUMN "{name}" DROP NOT NULL'
            if column.type != types[name]:
                there = con.execute(f'SELECT "{name}" FROM {record.table} LIMIT 0').to_arrow_table()
                lacking = _lacking(there.schema.field(0).type, schema.field(name).type, f'"{name}"')
                for place, kind in lacking:
                    yield f"ALTER TABLE {record.table} ADD COLUMN {place} {sql_type(kind)}"


def _lacking(have: pa.DataType, want: pa.DataType, place: str) -> Iterator[tuple[str, pa.DataType]]:
    """Yield the parts that a type lacks, each by its place in the column."""
    if pa.types.is_list(want):
        yield from _lacking(have.value_type, want.value_type, f"{place}.element")
    elif pa.types.is_struct(want):
        for field in want:
            at = f'{place}."{field.name}"'
            if have.get_field_index(field.name) < 0:
                yield at, field.type
            else:
                yield from _lacking(have.field(field.name).type, field.type, at)


def _missing_statements(con: duckdb.DuckDBPyConnection, existing: _Columns) -> Iterable[str]:
    for record in PUBLISHED:
        types, schema = sql_types(con, record), record.arrow_schema()
        if record.table not in existing:
            columns = ", ".join(
                f'"{name}" {kind}{"" if schema.field(name).nullable else " NOT NULL"}'
                for name, kind in types.items()
            )
            yield f"CREATE TABLE {record.table} ({columns})"
        known = existing.get(record.table, {})
        for name in [n for n in types if n not in known]:
            if known:
                default = _default(record.model_fields[name])
                yield f'ALTER TABLE {record.table} ADD COLUMN "{name}" {types[name]}{default}'
                if name in record.copied or name in record.derived:
                    value = f"CAST({_stand_in(record, name)} AS {types[name]})"
                    yield f'UPDATE {record.table} SET "{name}" = {value}'
            yield f'COMMENT ON COLUMN {record.table}."{name}" IS {_comment(schema.field(name))}'
    yield from view_statements(con)


def _stand_in(record: type[Record], name: str) -> str:
    """Say in SQL what a column holds in rows from before there was it."""
    if name in record.copied:
        return quote_name(record.copied[name])
    if name in record.derived:
        text, pattern = record.derived[name]
        return f"nullif(regexp_extract({quote_name(text)}, {quote(pattern)}, 1), '')"
    return _literal(record.model_fields[name])


def _default(field: FieldInfo) -> str:
    # DuckLake knows no default for lists, and takes FALSE itself for an expression.
    literal = "NULL" if isinstance(field.default, tuple) else _literal(field)
    return "" if literal == "NULL" else f" DEFAULT {literal}"


def _literal(field: FieldInfo) -> str:
    match field.default:
        case str() as text:
            return quote(text)
        case bool() as flag:
            return quote(str(flag).lower())
        case int() | float() as number:
            return str(number)
        case tuple():
            return "[]"
        case _:
            return "NULL"


def _comment(field: pa.Field) -> str:
    return quote((field.metadata or {}).get(b"description", b"").decode())
