"""The few rows by which an expectation holds of all rows or does not.

Great Expectations goes through rows one by one; DuckDB finds in one pass which of them matter: of a range the least and the
greatest number, of a set each value once, of what must not come twice a value that does.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from winnow.warehouse.sql import quote_name

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

_RANGE = "expect_column_values_to_be_between"
_SET = "expect_column_values_to_be_in_set"
_ONCE = "expect_column_values_to_be_unique"

_DECIDE = {
    # A NaN is no value to an expectation, and the greatest number to DuckDB.
    _RANGE: "[min({c}) FILTER (NOT isnan({c}::DOUBLE)), max({c}) FILTER (NOT isnan({c}::DOUBLE))]::DOUBLE[]",
    _SET: "list(DISTINCT {c})",
    # Values of different hashes differ; those of one are looked at closely.
    _ONCE: "CASE WHEN count(DISTINCT CASE WHEN {c} IS NOT NULL THEN hash({c}) END) < count({c}) "
    "THEN [any_value({c}), any_value({c})] ELSE [any_value({c})] END",
}


class DecidingRows(NamedTuple):
    """What stands for the rows of a flat view."""

    n_rows: int
    """Rows of the view."""

    frame: "pd.DataFrame"
    """Has a column for each that is expected something of; of a column it holds what decides, and null below."""


def deciding_rows(
    con: "duckdb.DuckDBPyConnection", view: str, expected: "Sequence[ExpectationConfiguration]"
) -> DecidingRows:
    """Read what decides whether expectations hold of the rows of a view.

    An expectation that holds of these rows holds of all. One that does not may still hold, where two values have one hash.

    Args:
        con: Knows the tables of the view.
        view: DuckDB SQL.
        expected: Ranges, sets and what must not come twice.

    Raises:
        KeyError: An expectation is none of these.
    """
    import pandas as pd

    asked = {(config.type, config.kwargs["column"]): config for config in expected}
    columns = [_DECIDE[kind].format(c=quote_name(column)) for kind, column in asked]
    row = con.execute(f"SELECT count(*), {', '.join(columns)} FROM ({view})").fetchone()
    assert row is not None
    values: dict[str, list[Any]] = {}
    for (_, column), found in zip(asked, row[1:], strict=True):
        values.setdefault(column, []).extend(found or ())
    return DecidingRows(row[0], pd.DataFrame({name: pd.Series(v) for name, v in values.items()}))
