"""Rows of staged files put into the tables of a warehouse, within a transaction."""

import duckdb

from winnow.schemas.base import Record
from winnow.warehouse.sql import parquet, quote_name
from winnow.warehouse.staging import Staging


def insert_new(
    con: duckdb.DuckDBPyConnection, staging: Staging, record: type[Record], changed: str = ""
) -> int:
    """Insert the staged rows of a table whose key is not there, and say how many.

    Args:
        con: A connection whose current database is the warehouse.
        staging: Where the rows are.
        record: The table.
        changed: SQL of what replaces a column, such as " REPLACE ('p@1' AS release)".
    """
    same_key = " AND ".join(f"known.{k} = staged.{k}" for k in map(quote_name, record.key))
    found = con.execute(
        f"INSERT INTO {record.table} BY NAME "
        f"SELECT * FROM (SELECT *{changed} FROM {parquet(staging.files(record))}) AS staged "
        f"WHERE NOT EXISTS (SELECT 1 FROM {record.table} AS known WHERE {same_key})"
    ).fetchone()
    return int(found[0]) if found else 0


def fill_in(con: duckdb.DuckDBPyConnection, staging: Staging, record: type[Record]) -> None:
    """Fill in what rows that are there lack and staged rows of their key hold; earlier snapshots stay as they are."""
    for column in map(quote_name, record.gained):
        same_key = " AND ".join(
            f"{record.table}.{k} = staged.{k}" for k in map(quote_name, record.key)
        )
        con.execute(
            f"UPDATE {record.table} SET {column} = staged.{column} "
            f"FROM (FROM {parquet(staging.files(record))} "
            f"UNION ALL BY NAME SELECT NULL AS {column} WHERE false) AS staged "  # an older staging lacks it
            f"WHERE {same_key} AND {record.table}.{column} IS NULL AND staged.{column} IS NOT NULL"
        )


def insert_row(con: duckdb.DuckDBPyConnection, row: Record) -> None:
    """Insert one record."""
    con.register("winnow_row", type(row).to_table([row]))
    con.execute(f"INSERT INTO {row.table} BY NAME SELECT * FROM winnow_row")
    con.unregister("winnow_row")
