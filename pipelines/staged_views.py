"""The staged tables of a run as DuckDB sees them, where what is read has no place in memory as a whole."""

from collections.abc import Iterable

import duckdb

from winnow.schemas.base import Record
from winnow.warehouse.sql import parquet
from winnow.warehouse.staging import Staging


def see_staged(
    con: duckdb.DuckDBPyConnection, staging: Staging, records: Iterable[type[Record]]
) -> None:
    """Make a view of each staged table, by the table's name; one of which nothing is staged is empty."""
    for record in records:
        if files := staging.files(record):
            con.execute(f"CREATE VIEW {record.table} AS SELECT * FROM {parquet(files)}")
        else:
            con.register(record.table, record.arrow_schema().empty_table())
