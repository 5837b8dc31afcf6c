"""Publishing whose tables count as large, so that staged files become those of the warehouse."""

import os
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests import toy
from tests.warehouse.processes import PASSED
from tests.warehouse.test_publish import count
from winnow.schemas.errors import Stopped
from winnow.schemas.ids import content_id
from winnow.schemas.responses import Response
from winnow.schemas.runs import Release
from winnow.schemas.tables import STAGED
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.maintain import maintain
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("winnow.warehouse.publish._MANY_ROWS", 0)


def publish_unaudited(warehouse: Warehouse, staging: Staging, run_id: str = toy.RUN_ID) -> Release:
    """Publish without the audit, which takes longer than all else."""
    return publish(warehouse, staging, toy.run(run_id), "preferences", PASSED)


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
    release = publish_unaudited(warehouse, staging)
    assert data_files(warehouse.settings, "responses")[0].samefile(staging.files(Response)[0])
    monkeypatch.undo()
    with Warehouse.open(WarehouseSettings(path=tmp_path / "other")) as other:
        inserted = publish_unaudited(other, staging)
        assert contents(other) == contents(warehouse)
        assert inserted.content_hash == release.content_hash


def test_what_was_taken_over_stays_where_the_staging_goes_and_the_warehouse_moves(
    settings, staging, tmp_path
):
    with Warehouse.open(settings) as warehouse:
        publish_unaudited(warehouse, staging)
        before = contents(warehouse)
    shutil.rmtree(staging.root)
    settings.path.rename(tmp_path / "moved")
    with Warehouse.open(WarehouseSettings(path=tmp_path / "moved"), read_only=True) as warehouse:
        assert contents(warehouse) == before
        assert count(warehouse, "preference_texts") == 2


def test_rows_that_are_there_already_are_not_taken_over_again(warehouse, staging, settings):
    publish_unaudited(warehouse, staging)
    other = content_id("other run")
    publish_unaudited(warehouse, toy.stage(settings.staging(other), other), other)
    tables = ("prompts", "judgments", "preferences", "labels", "runs")
    assert [count(warehouse, table) for table in tables] == [2, 9, 4, 6, 2]


def test_maintenance_leaves_what_was_taken_over_as_it_was(warehouse, staging, settings):
    for file in staging.root.rglob("*.parquet"):
        os.utime(file, (0, 0))  # the run began long ago
    publish_unaudited(warehouse, staging)
    for name in ("one", "two", "three"):
        other = content_id(name)
        publish_unaudited(warehouse, toy.stage(settings.staging(other), other), other)
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
    publish_unaudited(warehouse, staging)
    assert count(warehouse, "judgments") == 9


def test_a_publishing_that_fails_gives_back_what_it_took_over(warehouse, staging, monkeypatch):
    def fail(*_: object) -> None:
        raise duckdb.Error("the lights went out")

    monkeypatch.setattr("winnow.warehouse.publish.insert_row", fail)
    with pytest.raises(duckdb.Error, match="lights"):
        publish_unaudited(warehouse, staging)
    assert not data_files(warehouse.settings, "responses")
    monkeypatch.undo()
    publish_unaudited(warehouse, staging)
    assert count(warehouse, "responses") == 5


class _BrokenOff:
    """A connection on which an error comes right before, or right after, the commit is done."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, error: BaseException, *, is_done: bool
    ) -> None:
        self._con, self._error, self._is_done = con, error, is_done

    def execute(self, sql: str, *parameters: Any) -> Any:
        if sql != "COMMIT":
            return self._con.execute(sql, *parameters)
        if self._is_done:
            self._con.execute(sql)
        raise self._error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)


@pytest.mark.parametrize(
    "error", [Stopped(), duckdb.IOException("the server went away")], ids=["signal", "server"]
)
def test_a_release_that_was_committed_keeps_its_files_whatever_happens_next(
    warehouse, staging, error
):
    con, warehouse.con = warehouse.con, _BrokenOff(warehouse.con, error, is_done=True)
    with pytest.raises(type(error)):
        publish_unaudited(warehouse, staging)
    warehouse.con = con
    assert count(warehouse, "responses") == 5
    assert publish_unaudited(warehouse, staging).release == "preferences@1"


def test_files_of_a_commit_that_failed_go_with_maintenance(warehouse, staging):
    error = duckdb.IOException("the server went away")
    con, warehouse.con = warehouse.con, _BrokenOff(warehouse.con, error, is_done=False)
    with pytest.raises(duckdb.IOException):
        publish_unaudited(warehouse, staging)
    warehouse.con = con
    publish_unaudited(warehouse, staging)
    maintain(warehouse, min_age_h=0.0)
    assert len(data_files(warehouse.settings, "responses")) == 1
    assert count(warehouse, "responses") == 5


@pytest.mark.parametrize("data_path", ["./data", "data//parquet"])
def test_maintenance_knows_what_was_taken_over_however_the_folder_is_written(
    data_path, tmp_path, staging, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with Warehouse.open(WarehouseSettings(path=Path("house"), data_path=data_path)) as warehouse:
        publish_unaudited(warehouse, staging)
        before = contents(warehouse)
        assert data_files(warehouse.settings, "responses")[0].stat().st_nlink == 2
        maintain(warehouse, min_age_h=0.0)
        assert contents(warehouse) == before


def test_columns_that_a_newer_winnow_added_hold_their_defaults(warehouse, staging):
    warehouse.con.execute("ALTER TABLE responses ADD COLUMN grade VARCHAR DEFAULT 'none yet'")
    warehouse.con.execute("ALTER TABLE responses ADD COLUMN weight DOUBLE")
    warehouse.con.execute("ALTER TABLE responses ADD COLUMN turns.element.mood VARCHAR")
    publish_unaudited(warehouse, staging)
    assert data_files(warehouse.settings, "responses")[0].samefile(staging.files(Response)[0])
    grades = warehouse.query("SELECT DISTINCT grade, weight FROM responses").to_pylist()
    assert grades == [{"grade": "none yet", "weight": None}]
    assert count(warehouse, "responses") == 5


def test_a_table_of_which_only_a_part_can_be_taken_over_has_all_its_rows_written(
    warehouse, staging, monkeypatch
):
    more = toy.responses()[0].model_copy(update={"response_id": content_id("more")})
    staging.write(Response, [more], part="more")
    link = os.link

    def refuse(file: Path, name: Path) -> None:
        if file.stem == "more":
            raise OSError(31, "Too many links")
        link(file, name)

    monkeypatch.setattr(os, "link", refuse)
    publish_unaudited(warehouse, staging)
    assert count(warehouse, "responses") == 6
    assert not any(f.stat().st_nlink > 1 for f in data_files(warehouse.settings, "responses"))


def test_a_link_that_was_made_when_the_run_is_stopped_is_given_back(
    warehouse, staging, monkeypatch
):
    link = os.link

    def stop(file: Path, name: Path) -> None:
        link(file, name)
        raise Stopped

    monkeypatch.setattr(os, "link", stop)
    with pytest.raises(Stopped):
        publish_unaudited(warehouse, staging)
    assert not data_files(warehouse.settings)
