"""What people made of rubrics becomes their next version."""

from collections.abc import Iterable

from winnow.flows.rubrics.reviewed import reviewed_rubrics
from winnow.flows.rubrics.shelf import Shelf
from winnow.pipelines.tally import Tally
from winnow.schemas.base import Record
from winnow.schemas.rubrics import Criterion, CriterionReview, CriterionSource, Rubric
from winnow.schemas.runs import StageCount
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.staging import Staging

PART = "reviewed"
"""Part that reviewed rubrics have among the staged records of a run."""


def stage_reviewed_rubrics(
    warehouse: Warehouse, reviews: Iterable[CriterionReview], staging: Staging, run_id: str
) -> StageCount:
    """Stage the next version of each rubric that people reviewed, but for what is staged already.

    Counts the criteria of those rubrics; the ones that more people reject than keep are rejects, and so are those of a rubric that
    has another next version since: `replaced`. A rubric that loses all criteria has no next version.
    """
    tally = Tally("label", "criteria reviewed", run_id)
    made: dict[type[Record], dict[str, Record]] = {Rubric: {}, Criterion: {}, CriterionSource: {}}
    n_in = 0
    for one in reviewed_rubrics(Shelf.of(warehouse), reviews):
        n_in += len(one.criteria)
        if one.is_outdated:
            for criterion in one.criteria:
                tally.reject("criterion", criterion.criterion_id, "replaced", criterion.text)
            continue
        for criterion in one.dropped:
            tally.reject("criterion", criterion.criterion_id, "rejected_in_review", criterion.text)
        if one.version is not None:
            for row in (one.version, *one.version_criteria, *one.sources):
                made[type(row)][getattr(row, row.key[0])] = row
    for record, rows in made.items():
        staging.discard(record, PART)
        key = record.key[0]
        there = set(staging.read(record, [key])[key].to_pylist())
        staging.write(record, [row for i, row in rows.items() if i not in there], part=PART)
    return tally.close(staging, n_in=n_in, n_out=n_in - len(tally.rejects), part=PART)
