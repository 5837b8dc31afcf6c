"""The views of the catalog: one SQL text each, replaced where another Winnow wrote another text."""

from collections.abc import Iterable

import duckdb

from winnow.schemas.ids import content_id
from winnow.schemas.measures import view_sql
from winnow.warehouse.sql import load_query, quote


def view_statements(con: duckdb.DuckDBPyConnection) -> Iterable[str]:
    """Return the statements that define each view which the attached warehouse lacks or has with another text.

    The catalog keeps SQL as DuckDB rewrites it, so a view's comment tells which text it came from.
    """
    found = con.execute(
        "SELECT view_name, comment FROM duckdb_views() WHERE database_name = current_database()"
    )
    known = dict(found.fetchall())
    for name, text in views_by_name().items():
        comment = f"Winnow's SQL {content_id(text)[:16]}"
        if known.get(name) != comment:
            yield f"CREATE OR REPLACE VIEW {name} AS {text}"
            yield f"COMMENT ON VIEW {name} IS {quote(comment)}"


def views_by_name() -> dict[str, str]:
    """Return the SQL text of each view, what is referred to before what refers to it."""
    return {"preference_texts": load_query("preference_texts"), **view_sql()}
