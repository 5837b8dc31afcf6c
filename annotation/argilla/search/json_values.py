"""Values inside a JSON column, as rows: one for a single value, several for a list, as Elasticsearch indexes them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Double, FromClause, Text, case, cast, collate, func, select
from sqlalchemy.dialects.postgresql import JSONB


@dataclass(frozen=True)
class Members:
    """The values at one place of a JSON column."""

    rows: FromClause
    text: ColumnElement[str]
    """Value as text, compared byte by byte."""

    number: ColumnElement[float]
    """Value as a number."""

    def any(self, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        """Whether one of the values meets the condition."""
        return select(1).select_from(self.rows).where(condition).exists()

    def one(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        """Reduce the values to one by an aggregate over them; null where there are none."""
        return select(value).select_from(self.rows).scalar_subquery()


def members(dialect: str, column: ColumnElement[Any], *path: str) -> Members:
    """Return the values at `path` of a JSON column, as rows of a subquery correlated to the column's row."""
    if dialect == "postgresql":
        return _postgresql(column, path)
    steps = "".join(f'."{step}"' for step in path)
    rows = func.json_each(column, f"${steps}").table_valued("value")
    return Members(rows, cast(rows.c.value, Text), cast(rows.c.value, Double))


def _postgresql(column: ColumnElement[Any], path: tuple[str, ...]) -> Members:
    found: ColumnElement[Any] = cast(column, JSONB)
    for step in path:
        found = found[step]
    listed = case((func.jsonb_typeof(found) == "array", found), else_=func.jsonb_build_array(found))
    rows = func.jsonb_array_elements_text(listed).table_valued("value")
    text = collate(cast(rows.c.value, Text), "C")
    return Members(rows, text, cast(rows.c.value, Double))
