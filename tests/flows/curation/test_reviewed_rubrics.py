"""A run stages the next versions of rubrics that people reviewed, each once."""

from pathlib import Path

import yaml

from winnow.flows.curation.reviewed_rubrics import stage_reviewed_rubrics
from winnow.flows.curation.rubrics_stage import stage_with_history
from winnow.flows.rubrics.bringing_in import bring_in
from winnow.flows.rubrics.files import read_rubrics
from winnow.flows.rubrics.shelf import Shelf
from winnow.schemas.rejects import Reject
from winnow.schemas.rubrics import Criterion, CriterionReview, CriterionSource, Rubric
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.shelving import shelve
from winnow.warehouse.staging import Staging


def written(folder: Path, *criteria: str) -> Path:
    path = folder / "travel.yaml"
    path.write_text(yaml.safe_dump({"name": "travel", "criteria": list(criteria)}))
    return path


def reviews(opened: Warehouse) -> list[CriterionReview]:
    (rubric,) = Shelf.of(opened).newest
    short, _ = Shelf.of(opened).criteria[rubric.rubric_id]
    said = {"answer_id": "1", "annotator_id": "ben", "decision": "edit", "text": "Is brief."}
    return [CriterionReview(criterion_id=short.criterion_id, **said)]  # type: ignore[arg-type]


def test_what_is_there_or_staged_already_is_staged_once(tmp_path: Path) -> None:
    with Warehouse.open(WarehouseSettings(path=tmp_path / "w")) as opened:
        bring_in(opened, read_rubrics(written(tmp_path, "Is short.", "Names a train.")))
        said = reviews(opened)
        first = Staging(tmp_path / "first")
        count = stage_reviewed_rubrics(opened, said, first, "r")
        assert (count.n_in, count.n_out) == (2, 2)
        (version,) = Rubric.from_table(first.read(Rubric))
        assert first.n_rows(Criterion) == first.n_rows(CriterionSource) + 1 == 2
        rows = [r for record in (Rubric, Criterion, CriterionSource) for r in record.from_table(first.read(record))]  # fmt: skip
        shelve(opened, rows)
        again = Staging(tmp_path / "again")
        stage_with_history(Shelf.of(opened), [version], again, "rubrics")
        n_staged = [again.n_rows(record) for record in (Rubric, Criterion, CriterionSource)]
        count = stage_reviewed_rubrics(opened, said, again, "r")
        assert (count.n_in, count.n_out) == (2, 2)
        assert [again.n_rows(record) for record in (Rubric, Criterion, CriterionSource)] == n_staged


def test_reviews_of_a_version_that_another_replaced_are_rejects(tmp_path: Path) -> None:
    staging = Staging(tmp_path / "staging")
    with Warehouse.open(WarehouseSettings(path=tmp_path / "w")) as opened:
        bring_in(opened, read_rubrics(written(tmp_path, "Is short.", "Names a train.")))
        said = reviews(opened)
        bring_in(opened, read_rubrics(written(tmp_path, "Fits on a page.", "Names a train.")))
        count = stage_reviewed_rubrics(opened, said, staging, "r")
    assert (count.n_in, count.n_out, staging.n_rows(Rubric)) == (2, 0, 0)
    assert {r.reason for r in Reject.from_table(staging.read(Reject))} == {"replaced"}
