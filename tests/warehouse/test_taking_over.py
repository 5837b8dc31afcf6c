"""Publishing whose tables count as large, so that staged files become those of the warehouse."""

import os
import shutil
from pathlib import Path

import duckdb
import pytest

from tests import toy
from tests.warehouse.test_publish import count, publish_toy
from winnow.schemas.ids import content_id
from winnow.schemas.responses import Response
from winnow.schemas.tables import STAGED
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.maintain import maintain
from winnow.warehouse.settings import WarehouseSettings


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("winnow.warehouse.publish._MANY_ROWS", 0)


def contents(warehouse: Warehouse) -> dict[str, list[str]]:
    return {
        record.table: sorted(map(str, warehouse.query(f"FROM {record.table}").to_pylist()))
        for record in STAGED
    }


def data_files(settings: WarehouseSettings, table: str = "*") -> list[Path]:
    return list(Path(settings.data_address).glob(f"main/{table}/*.parquet"))


def test_files_that_are_taken_over_hold_what_inserted_rows_do(
    warehouse, staging, tmp_path, monkeypatch
):
    release = publish_toy(warehouse, staging)
    assert data_files(warehouse.settings, "responses")[0].samefile(staging.files(Response)[0])
    monkeypatch.undo()
    with Warehouse.open(WarehouseSettings(path=tmp_path / "other")) as other:
        inserted = publish_toy(other, staging)
        assert contents(other) == contents(warehouse)
        assert inserted.content_hash == release.content_hash


def test_what_was_taken_over_stays_where_the_staging_goes_and_the_warehouse_moves(
    settings, staging, tmp_path
):
    with Warehouse.open(settings) as warehouse:
        publish_toy(warehouse, staging)
        before = contents(warehouse)
    shutil.rmtree(staging.root)
    settings.path.rename(tmp_path / "moved")
    with Warehouse.open(WarehouseSettings(path=tmp_path / "moved"), read_only=True) as warehouse:
        assert contents(warehouse) == before
        assert count(warehouse, "preference_texts") == 2


def test_rows_that_are_there_already_are_not_taken_over_again(warehouse, staging, settings):
    publish_toy(warehouse, staging)
    other = content_id("other run")
    publish_toy(warehouse, toy.stage(settings.staging(other), other), other)
    tables = ("prompts", "judgments", "preferences", "labels", "runs")
    assert [count(warehouse, table) for table in tables] == [2, 9, 4, 6, 2]


def test_maintenance_leaves_what_was_taken_over_as_it_was(warehouse, staging, settings):
    for file in staging.root.rglob("*.parquet"):
        os.utime(file, (0, 0))  # the run began long ago
    publish_toy(warehouse, staging)
    for name in ("one", "two", "three"):
        other = content_id(name)
        publish_toy(warehouse, toy.stage(settings.staging(other), other), other)
    before = contents(warehouse)
    maintain(warehouse, min_age_h=0.0)
    assert contents(warehouse) == before
    assert warehouse.query("FROM labels", "preferences@1").num_rows == 3


def test_a_disk_that_gives_a_file_one_name_only_has_the_rows_written(
    warehouse, staging, monkeypatch
):
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    publish_toy(warehouse, staging)
    assert count(warehouse, "judgments") == 9


def test_a_publishing_that_fails_gives_back_what_it_took_over(warehouse, staging, monkeypatch):
    def fail(*_: object) -> None:
        raise duckdb.Error("the lights went out")

    monkeypatch.setattr("winnow.warehouse.publish._Publication._insert_row", fail)
    with pytest.raises(duckdb.Error, match="lights"):
        publish_toy(warehouse, staging)
    assert not data_files(warehouse.settings, "responses")
    monkeypatch.undo()
    publish_toy(warehouse, staging)
    assert count(warehouse, "responses") == 5
