"""The rubrics of a run in portions, beside the comparisons whose prompts they apply to."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from winnow.annotation.judge import Judge, SubjectView
from winnow.annotation.rubrics.standing import RubricChoice, in_force
from winnow.pipelines.staged_views import see_staged
from winnow.schemas.base import Record
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.warehouse.staging import Staging

RUBRIC_ROWS: dict[type[Record], str] = {
    Rubric: "SELECT portion, r.* FROM rubrics AS r JOIN ruled USING (rubric_id)",
    Criterion: "SELECT portion, c.* FROM criteria AS c JOIN ruled USING (rubric_id)",
    CriterionSource: "SELECT DISTINCT portion, s.* FROM criterion_sources AS s "
    "JOIN criteria AS c ON s.kind = 'criterion' AND s.subject_id = c.criterion_id JOIN ruled ON ruled.rubric_id = c.rubric_id",
    Proof: "SELECT portion, p.* FROM proofs AS p SEMI JOIN newest USING (proof_id) JOIN ruled USING (rubric_id)",
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
_PLACED = ("proof_id", "rubric_id", "criterion_id", "run_id")
# What this run measured is newer than what it found, of which later rows are.
_COUNTED = """
CREATE TABLE newest AS
SELECT proof_id FROM placed
QUALIFY run_id = arg_max(run_id, place + CASE WHEN run_id = $run_id THEN $n ELSE 0 END)
    OVER (PARTITION BY rubric_id, criterion_id);
"""


def find_rubrics(con: duckdb.DuckDBPyConnection, staging: Staging, run_id: str) -> None:
    """Make the tables that `RUBRIC_ROWS` reads.

    Args:
        con: Knows the table `places`, of portions by prompt_id.
        staging: Holds rubrics, criteria, what they rest on, and proofs, those of earlier runs oldest first.
        run_id: The run, whose proofs outweigh those from before.
    """
    see_staged(con, staging, RUBRIC_ROWS)
    con.execute(_RULED)
    placed = staging.read(Proof, _PLACED)
    n = placed.num_rows
    con.register("placed", placed.append_column("place", pa.array(range(n), pa.int64())))
    con.execute(_COUNTED, {"run_id": run_id, "n": n})


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
            Proof.from_table(staging.read(Proof)),
            unproven=judge.takes_unproven,
        )
    )
    return [view.model_copy(update={"rubric": choice.of(view.prompt)}) for view in views]
