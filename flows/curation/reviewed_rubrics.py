"""What people made of rubrics becomes their next version."""

from collections.abc import Iterable

from winnow.annotation.rubrics.reviewing import review, standing_reviews
from winnow.pipelines.tally import Tally
from winnow.schemas.rubrics import Criterion, CriterionReview, Rubric
from winnow.schemas.runs import StageCount
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.sql import quote
from winnow.warehouse.staging import Staging

PART = "reviewed"
"""Part that reviewed rubrics have among the staged records of a run."""


def stage_reviewed_rubrics(
    warehouse: Warehouse, reviews: Iterable[CriterionReview], staging: Staging, run_id: str
) -> StageCount:
    """Stage the next version of each rubric that people reviewed.

    Counts the criteria of those rubrics; the ones that more people reject than keep are rejects. A rubric that loses
    all of them has no next version.
    """
    said = standing_reviews(reviews)
    tally = Tally("label", "criteria reviewed", run_id)
    rubrics, criteria, n_in = [], [], 0
    for rubric, theirs in _reviewed(warehouse, sorted({one.criterion_id for one in said})):
        n_in += len(theirs)
        found = review(rubric, theirs, said)
        for criterion in found.dropped:
            tally.reject("criterion", criterion.criterion_id, "rejected_in_review", criterion.text)
        if found.rubric is not None:
            rubrics.append(found.rubric)
            criteria += found.criteria
    staging.write(Rubric, rubrics, part=PART)
    staging.write(Criterion, criteria, part=PART)
    return tally.close(staging, n_in=n_in, n_out=n_in - len(tally.rejects), part=PART)


def _reviewed(
    warehouse: Warehouse, criterion_ids: list[str]
) -> list[tuple[Rubric, list[Criterion]]]:
    """Return the rubrics that have one of these criteria, with all their criteria."""
    ids = ", ".join(map(quote, criterion_ids)) or "NULL"
    chosen = f"SELECT rubric_id FROM criteria WHERE criterion_id IN ({ids})"
    rubrics, criteria = (
        warehouse.query(f"SELECT * FROM {table} WHERE rubric_id IN ({chosen}) ORDER BY ALL")
        for table in ("rubrics", "criteria")
    )
    by_rubric = Criterion.from_table(criteria)
    return [
        (rubric, [c for c in by_rubric if c.rubric_id == rubric.rubric_id])
        for rubric in Rubric.from_table(rubrics)
    ]
