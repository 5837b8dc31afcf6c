"""SQL types of what a record's Arrow schema holds."""

import duckdb
import pyarrow as pa

from winnow.schemas.base import Record
from winnow.warehouse.sql import quote_name

_SCALARS: dict[pa.DataType, str] = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP WITH TIME ZONE",
}
_KNOWN: dict[type[Record], dict[str, str]] = {}
"""By record, of those that were asked for."""


def sql_types(con: duckdb.DuckDBPyConnection, record: type[Record]) -> dict[str, str]:
    """Return the SQL type of each column of a record's table, spelled as DuckDB spells it.

    No Arrow table is handed to DuckDB for that: it would import pandas, which takes longer than all of this.
    """
    if record not in _KNOWN:
        schema = record.arrow_schema()
        spelled = ", ".join(f"typeof(CAST(NULL AS {sql_type(field.type)}))" for field in schema)
        _KNOWN[record] = dict(
            zip(schema.names, con.execute(f"SELECT {spelled}").fetchall()[0], strict=True)
        )
    return _KNOWN[record]


def sql_type(kind: pa.DataType) -> str:
    """Return the SQL type of values of an Arrow type."""
    if pa.types.is_list(kind):
        return f"{sql_type(kind.value_type)}[]"
    if pa.types.is_struct(kind):
        return f"STRUCT({', '.join(f'{quote_name(f.name)} {sql_type(f.type)}' for f in kind)})"
    return _SCALARS[kind]
