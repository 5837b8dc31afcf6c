"""The rubrics of a warehouse as records, with all that decides which of them may be used."""

from typing import NamedTuple, TypeVar

from winnow.schemas.base import Record
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.warehouse.sql import Queryable

Row = TypeVar("Row", bound=Record)

_PROOFS = (
    "SELECT p.* FROM proofs AS p LEFT JOIN runs USING (run_id) ORDER BY runs.started_at, p.proof_id"
)


class RubricRows(NamedTuple):
    """Rubrics and what belongs to them, as `winnow.annotation.rubrics.standing.in_force` takes them."""

    rubrics: list[Rubric]
    """All, by name."""

    criteria: list[Criterion]
    """Theirs."""

    sources: list[CriterionSource]
    """What the criteria rest on."""

    proofs: list[Proof]
    """What was measured, oldest first."""


def rubric_rows(warehouse: Queryable) -> RubricRows:
    """Read all rubrics of a warehouse."""
    rubrics = records_of(warehouse, Rubric, "SELECT * FROM rubrics ORDER BY name, rubric_id")
    if not rubrics:
        return RubricRows([], [], [], [])
    return RubricRows(
        rubrics,
        records_of(warehouse, Criterion, "SELECT * FROM criteria"),
        records_of(warehouse, CriterionSource, "SELECT * FROM criterion_sources ORDER BY ALL"),
        records_of(warehouse, Proof, _PROOFS),
    )


def records_of(warehouse: Queryable, record: type[Row], sql: str) -> list[Row]:
    """Read records by a query of all their columns."""
    return record.from_table(warehouse.query(sql).select(list(record.model_fields)))
