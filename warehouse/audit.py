"""The audit between staging and publishing: Great Expectations on flat views of the staged rows."""

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import duckdb

from winnow.schemas.base import Record, Value
from winnow.schemas.contracts import CONTRACTS, Contract
from winnow.schemas.errors import AuditFailed
from winnow.schemas.ids import canonical_json
from winnow.schemas.tables import STAGED
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.deciding import deciding_rows
from winnow.warehouse.sql import parquet, quote_name
from winnow.warehouse.staging import Staging

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.datasource.fluent.pandas_datasource import PandasDatasource
    from great_expectations.expectations.expectation import Expectation

_N_EXAMPLES = 3
_ROWS = {
    "result_format": "SUMMARY",
    "unexpected_index_column_names": ["id"],
    "partial_unexpected_count": _N_EXAMPLES,
}


class Check(Value):
    """One expectation and whether it held."""

    contract: str
    """Table whose contract it is of."""

    expectation: str
    """What Great Expectations calls it."""

    column: str
    """Column of the flat view that was looked at."""

    description: str
    """The sentence that should hold."""

    n_rows: int
    """Rows looked at."""

    n_failed: int
    """Rows that break it."""

    examples: tuple[str, ...] = ()
    """Ids of the first of those."""

    def __str__(self) -> str:
        examples = ", ".join(self.examples)
        return (
            f"contract {self.contract}: {self.expectation} on {self.column} ({self.description}) "
            f"fails for {self.n_failed} of {self.n_rows} rows, first {examples}"
        )


class AuditResult(Value):
    """What the audit of a staging found."""

    checks: tuple[Check, ...]
    """Every expectation of every table that was staged."""

    @property
    def failures(self) -> list[Check]:
        """The expectations that some row breaks."""
        return [check for check in self.checks if check.n_failed]

    def raise_for_failures(self) -> None:
        """Do nothing if every expectation held.

        Raises:
            AuditFailed: Names contract, expectation, count and first offending ids.
        """
        if not self.failures:
            return
        more = len(self.failures) - 1
        others = f" (and {more} more: {_names(self.failures[1:])})" if more else ""
        raise AuditFailed(
            f"nothing was published: {self.failures[0]}{others}", failures=tuple(self.failures)
        )

    def to_json(self) -> str:
        """Write it as canonical JSON."""
        return canonical_json(self.model_dump(mode="json"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote, such as the column `audit` of a release."""
        return cls.model_validate_json(text)


def audit(
    staging: Staging,
    warehouse: Warehouse | None = None,
    contracts: Sequence[Contract] = CONTRACTS,
) -> AuditResult:
    """Check staged rows against the contracts of their tables.

    Args:
        staging: What is to be published.
        warehouse: Where to; a staged row may refer to rows that are already there.
        contracts: Which to check.

    Returns:
        Each expectation of each table that was staged, with the rows that break it.
    """
    with _flat_views(staging, warehouse) as con:
        staged = (c for c in contracts if staging.files(c.record))
        checked = _Checking(con)
        return AuditResult(checks=tuple(check for c in staged for check in checked.check(c)))


def _flat_views(staging: Staging, warehouse: Warehouse | None) -> duckdb.DuckDBPyConnection:
    con = warehouse.con.cursor() if warehouse else duckdb.connect()
    for record in STAGED:
        table, key = (
            record.table,
            " AND ".join(f"s.{k} = w.{k}" for k in map(quote_name, record.key)),
        )
        if files := staging.files(record):
            con.execute(f"CREATE TEMP VIEW staged_{table} AS SELECT * FROM {parquet(files)}")
        else:
            con.register(f"staged_{table}", record.arrow_schema().empty_table())
        published = ""
        # Where nothing is published yet, to look for it would go through all that is staged each time.
        if warehouse and _has_rows(con, f"wh.{table}"):
            published = (
                f" UNION ALL BY NAME SELECT * FROM wh.{table} AS w "
                f"WHERE NOT EXISTS (SELECT 1 FROM staged_{table} AS s WHERE {key})"
            )
        con.execute(f"CREATE TEMP VIEW known_{table} AS SELECT * FROM staged_{table}{published}")
    return con


def _has_rows(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    return con.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None


class _Checking:
    """Checks flat views, the rows that decide first; all rows are gone through only to find which of them break what."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    @cached_property
    def _source(self) -> "PandasDatasource":
        """What frames are handed over to, one for all tables: making it takes as long as checking one."""
        return _data_source()

    def check(self, contract: Contract) -> list[Check]:
        """Say of each expectation of a contract how many rows break it."""
        record, expected = contract.record, contract.expectations()
        configs = [expectation.configuration for expectation in expected]
        rows = deciding_rows(self._con, contract.view, configs)
        if not rows.n_rows:
            return [_check_of(record, config, n_rows=0) for config in configs]
        held = self._validate(record, expected, rows.frame, "BOOLEAN_ONLY")
        doubtful = [one for one, found in zip(expected, held, strict=True) if not found.success]
        broken = iter(self._find(contract, doubtful, rows.n_rows) if doubtful else ())
        return [
            _check_of(record, config, rows.n_rows) if found.success else next(broken)
            for config, found in zip(configs, held, strict=True)
        ]

    def _find(
        self, contract: Contract, doubtful: "list[Expectation]", n_rows: int
    ) -> Iterator[Check]:
        """Look at every row, in the columns that may be broken alone."""
        columns = {"id": 0} | {e.configuration.kwargs["column"]: 0 for e in doubtful}
        named = ", ".join(map(quote_name, columns))
        frame = self._con.execute(f"SELECT {named} FROM ({contract.view})").df()
        for result in self._validate(contract.record, doubtful, frame, _ROWS):
            yield _read_result(contract.record, result, n_rows)

    def _validate(
        self,
        record: type[Record],
        expectations: "list[Expectation]",
        frame: "pd.DataFrame",
        result_format: Any,
    ) -> list[Any]:
        """Have Great Expectations look at a frame; what it finds is in the order of the expectations."""
        import great_expectations as gx

        asset = self._source.add_dataframe_asset(f"{record.table} {len(self._source.assets)}")
        batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
        suite = gx.ExpectationSuite(name=record.table, expectations=expectations)
        found: list[Any] = batch.validate(suite, result_format=result_format).results
        return found


def _data_source() -> "PandasDatasource":
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context.data_sources.add_pandas("staging")


def _read_result(record: type[Record], result: Any, n_rows: int) -> Check:
    config, found = result.expectation_config, result.result
    if not result.success and "unexpected_count" not in found:
        raise RuntimeError(
            f"the contract of {record.table} could not be checked: {result.exception_info}"
        )
    rows = found.get("partial_unexpected_index_list") or []
    examples = tuple(str(row["id"]) for row in rows[:_N_EXAMPLES])
    return _check_of(record, config, n_rows, found.get("unexpected_count", 0), examples)


def _check_of(
    record: type[Record],
    config: Any,
    n_rows: int,
    n_failed: int = 0,
    examples: tuple[str, ...] = (),
) -> Check:
    return Check(
        contract=record.table,
        expectation=config.type,
        column=config.kwargs["column"],
        description=config.description,
        n_rows=n_rows,
        n_failed=n_failed,
        examples=examples,
    )


def _names(checks: list[Check]) -> str:
    return ", ".join(f"{check.contract}: {check.description}" for check in checks[:_N_EXAMPLES])
