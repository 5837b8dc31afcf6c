"""The labels of a release computed again from what was said, without a model, and held against those published."""

import json
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import duckdb
import pyarrow as pa

from winnow.pipelines.aggregating import AggregateSettings, aggregate_judgments
from winnow.pipelines.stored import stored_tables
from winnow.schemas.heard import Heard
from winnow.schemas.labels import Label
from winnow.schemas.plurals import agreeing, counted
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.releases import release, run_of
from winnow.warehouse.staging import Staging

SAME_WITHIN = 1e-6
"""Difference of a probability up to which two labels are the same: the last bits differ between machines."""

_DIFFERENCES = """
select
    comparison_id,
    was.p_a is null as is_new,
    now.p_a is null as is_gone,
    [was.p_a, was.p_b, was.p_tie] as published,
    [now.p_a, now.p_b, now.p_tie] as recomputed
from was full join now using (comparison_id)
where is_new or is_gone
    or greatest(abs(was.p_a - now.p_a), abs(was.p_b - now.p_b), abs(was.p_tie - now.p_tie)) > $within
order by comparison_id
"""


class Recomputed(NamedTuple):
    """What came of computing labels again."""

    release: str
    """The release, with its number."""

    n_judgments: int
    """Judgments that they were computed from."""

    n_labels: int
    """Labels that were published."""

    differences: pa.Table
    """comparison_id, is_new, is_gone, published and recomputed (p_a, p_b, p_tie) of the labels that differ."""

    made_by: str
    """Version of Winnow that made the release."""

    @property
    def lines(self) -> list[str]:
        """Say what came of it, in a sentence or two."""
        n = self.differences.num_rows
        start = f"{self.release}: from {counted(self.n_judgments, 'judgment')}, without a model"
        if not n:
            return [
                f"{start}, all {counted(self.n_labels, 'label')} {agreeing(self.n_labels, 'comes out as it was', 'come out as they were')} published"
            ]
        n_moved = n - sum(self._count(name) for name in ("is_new", "is_gone"))
        first = self.differences.slice(0, 1).to_pylist()[0]
        return [
            f"{start}, {n_moved:,} of {counted(self.n_labels, 'label')} come out otherwise, {self._count('is_gone'):,} do not come "
            f"out and {self._count('is_new'):,} are new; the first is comparison {first['comparison_id']}: "
            f"published {_told(first['published'])}, now {_told(first['recomputed'])}",
            f"the release was made by winnow {self.made_by}, this is {version('winnow')}",
        ]

    def _count(self, name: str) -> int:
        return sum(self.differences[name].to_pylist())


def recompute_release(warehouse: Warehouse, name: str) -> Recomputed:
    """Label the comparisons of a release again from the judgments and the gold that its run had, and compare.

    Args:
        warehouse: Where the release lies; it is only read.
        name: Release such as "preferences@3"; without a number, the newest.

    Raises:
        UnknownName: There is no such release.
    """
    found, run = release(warehouse, name), run_of(warehouse, name)
    settings = AggregateSettings.model_validate(json.loads(run.settings).get("aggregate", {}))
    with TemporaryDirectory(prefix="winnow-recompute-") as folder:
        staging = Staging(Path(folder))
        for record, rows in stored_tables(warehouse, name).items():
            staging.write(record, rows)
        aggregate_judgments(staging, settings, run.run_id)
        now, n_judgments = staging.read(Label), staging.n_rows(Heard)
    sql = "select * from labels where run_id = $run"
    was = warehouse.query(sql, found.release, {"run": run.run_id})
    differences = _differences(was, now)
    return Recomputed(found.release, n_judgments, was.num_rows, differences, run.code_version)


def _differences(was: pa.Table, now: pa.Table) -> pa.Table:
    with duckdb.connect() as con:
        con.register("was", was)
        con.register("now", now)
        return con.execute(_DIFFERENCES, {"within": SAME_WITHIN}).to_arrow_table()


def _told(probabilities: list[float | None]) -> str:
    if probabilities[0] is None:
        return "nothing"
    named = zip(("a", "b", "tie"), probabilities, strict=True)
    return ", ".join(f"{name} {p:.3f}" for name, p in named)
