"""Rubrics of a shelf as the terminal shows them."""

import json

from winnow.flows.rubrics.shelf import SHORT_ID, Shelf
from winnow.reports.terminal.rubrics import RubricLine
from winnow.schemas.rubrics import Proof, Rubric
from winnow.warehouse.sql import Queryable

_RUN = """
SELECT u.name, u.started_at, u.inputs, min(r.release) AS release
FROM runs AS u LEFT JOIN releases AS r USING (run_id)
WHERE run_id = $run GROUP BY ALL
"""


def line_of(shelf: Shelf, rubric: Rubric) -> RubricLine:
    """Return a rubric as a line of a list."""
    return RubricLine(
        shelf.reference(rubric),
        rubric,
        len(shelf.criteria[rubric.rubric_id]),
        next((one for one in shelf.proofs_of(rubric) if one.criterion_id is None), None),
        shelf.state(rubric),
    )


def origin_of(warehouse: Queryable, derived_from: str) -> str:
    """Say where a rubric was derived, by what a person can look up: the release that its run went over or made, else the run's name.

    Args:
        warehouse: Holds runs and releases.
        derived_from: As the rubric has it; what is no run there is what the rubric's file names.
    """
    runs = warehouse.query(_RUN, parameters={"run": derived_from}).to_pylist()
    if not runs:
        return derived_from
    (run,) = runs
    began = f"run {derived_from[:SHORT_ID]} of {run['started_at']:%Y-%m-%d}"
    over = json.loads(run["inputs"]).get("release")
    where = over if isinstance(over, str) else run["release"]
    return f"{where or run['name']} ({began})"


def proofs_by_criterion(shelf: Shelf, rubric: Rubric) -> dict[str, Proof]:
    """Return what the newest run says of each criterion of a rubric, of all judges together where it says that."""
    found = [one for one in shelf.proofs_of(rubric) if one.criterion_id is not None]
    by_all = [one for one in found if one.annotator_id is None]
    return {str(one.criterion_id): one for one in by_all or found}
