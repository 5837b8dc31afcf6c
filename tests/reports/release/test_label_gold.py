from pathlib import Path

import pytest

from tests import toy
from winnow.reports.release import write_report
from winnow.reports.release.queries import figure_sql
from winnow.schemas.judgments import VERIFIED, Gold
from winnow.schemas.preferences import Preference
from winnow.schemas.shortcuts import Shortcut
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.staging import Staging


def publish_with(warehouse: Warehouse, staging: Staging, basis: str) -> None:
    staging.write(Gold, [one.model_copy(update={"basis": basis}) for one in toy.gold()])
    publish(warehouse, staging, toy.run(), "preferences", audit(staging, warehouse))


@pytest.mark.parametrize(
    ("basis", "counts"),
    [("drawn at random", (1, 1, 1, 1, 0)), (VERIFIED, (0, 0, 0, 0, 1))],
)
def test_a_label_that_people_verified_does_not_prove_itself_right(
    warehouse: Warehouse, staging: Staging, basis: str, counts: tuple[int, ...]
) -> None:
    publish_with(warehouse, staging, basis)
    sql = figure_sql("label_gold", release="preferences@1", run_id=toy.RUN_ID)
    (row,) = warehouse.query(sql, at="preferences@1").to_pylist()
    assert tuple(row.values()) == counts


def test_the_page_of_verified_labels_does_not_say_that_nothing_was_known(
    warehouse: Warehouse, staging: Staging, tmp_path: Path
) -> None:
    publish_with(warehouse, staging, VERIFIED)
    page = write_report(warehouse, "preferences@1", tmp_path / "page.html").read_text("utf-8")
    assert "People verified 1 of the published labels; no other gold checks the rest." in page
    assert "labels verified by people" in page
    assert "There was no gold" not in page


def test_the_page_of_an_empty_release_counts_no_published_labels(
    warehouse: Warehouse, staging: Staging, tmp_path: Path
) -> None:
    staging.write(Preference, [])
    staging.write(Shortcut, [])
    publish_with(warehouse, staging, "drawn at random")
    page = write_report(warehouse, "preferences@1", tmp_path / "page.html").read_text("utf-8")
    assert "1 of 1 label agrees with gold" in page
    assert "of those published" not in page
