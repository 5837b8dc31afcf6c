"""The rubrics of a run in portions, beside the comparisons whose prompts they apply to."""

from collections.abc import Sequence

import duckdb

from winnow.annotation.judge import Judge, SubjectView
from winnow.annotation.rubrics.standing import RubricChoice, in_force
from winnow.schemas.base import Record
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.warehouse.sql import parquet
from winnow.warehouse.staging import Staging

RUBRIC_ROWS: dict[type[Record], str] = {
    Rubric: "SELECT portion, r.* FROM rubrics AS r JOIN ruled USING (rubric_id)",
    Criterion: "SELECT portion, c.* FROM criteria AS c JOIN ruled USING (rubric_id)",
    CriterionSource: "SELECT DISTINCT portion, s.* FROM criterion_sources AS s "
    "JOIN criteria AS c ON s.kind = 'criterion' AND s.subject_id = c.criterion_id JOIN ruled ON ruled.rubric_id = c.rubric_id",
    Proof: "SELECT portion, p.* FROM counted AS p JOIN ruled USING (rubric_id)",
}
"""By record the rows that decide which rubrics of a portion are in force, the number of the portion first."""

_RULED = """
CREATE TABLE for_places AS
SELECT portion, rubric_id FROM rubrics JOIN places USING (prompt_id)
UNION
SELECT portion, rubric_id FROM rubrics, (SELECT DISTINCT portion FROM places) WHERE prompt_id IS NULL;
CREATE TABLE ruled AS
FROM for_places
UNION
SELECT portion, r.rubric_id FROM rubrics AS r JOIN for_places AS f ON r.replaces = f.rubric_id
"""
# What this run measured is newer than what it found.
_COUNTED = """
CREATE TABLE counted AS
SELECT p.* FROM proofs AS p
LEFT JOIN (SELECT DISTINCT rubric_id, criterion_id, true AS is_anew FROM proofs WHERE run_id = $run_id) AS n
    ON n.rubric_id = p.rubric_id AND n.criterion_id IS NOT DISTINCT FROM p.criterion_id
WHERE p.run_id = $run_id OR n.is_anew IS NULL
"""


def find_rubrics(con: duckdb.DuckDBPyConnection, staging: Staging, run_id: str) -> None:
    """Make the tables that `RUBRIC_ROWS` reads.

    Args:
        con: Knows the table `places`, of portions by prompt_id.
        staging: Holds rubrics, criteria, what they rest on, and proofs.
        run_id: The run, whose proofs outweigh those from before.
    """
    for record in RUBRIC_ROWS:
        if files := staging.files(record):
            con.execute(f"CREATE VIEW {record.table} AS SELECT * FROM {parquet(files)}")
        else:
            con.register(record.table, record.arrow_schema().empty_table())
    con.execute(_RULED)
    con.execute(_COUNTED, {"run_id": run_id})


def with_rubrics(views: Sequence[SubjectView], staging: Staging, judge: Judge) -> list[SubjectView]:
    """Give what a judge is asked about the rubrics to judge it by; what none applies to keeps None.

    Args:
        views: What it is asked about.
        staging: Holds the rubrics of a portion.
        judge: The judge.
    """
    choice = RubricChoice.among(
        in_force(
            Rubric.from_table(staging.read(Rubric)),
            Criterion.from_table(staging.read(Criterion)),
            CriterionSource.from_table(staging.read(CriterionSource)),
            Proof.from_table(staging.read(Proof).sort_by("proof_id")),
            unproven=judge.takes_unproven,
        )
    )
    return [view.model_copy(update={"rubric": choice.of(view.prompt)}) for view in views]
