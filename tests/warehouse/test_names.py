"""A folder may have any name: no library takes it for a pattern, an address or code."""

import shutil
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests import orchard, toy
from tests.names import ALL_ODD, ODD
from tests.warehouse.processes import PASSED
from winnow.reports.release import write_report
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.export import export
from winnow.warehouse.files import write_rows
from winnow.warehouse.maintain import maintain
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.sql import parquet

NEIGHBOURS = ("aXb", "a", "b", "ab")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a warehouse with a release and Parquet files."""
    settings = WarehouseSettings(path=tmp_path_factory.mktemp("plain") / "house")
    with Warehouse.open(settings) as warehouse:
        staging = toy.stage(settings.staging(toy.RUN_ID))
        publish(warehouse, staging, toy.run(), "preferences", PASSED)
        warehouse.con.execute("CALL ducklake_flush_inlined_data('wh')")
    return settings.path


def n_published(folder: Path) -> int:
    with Warehouse.open(WarehouseSettings(path=folder), read_only=True) as warehouse:
        return warehouse.query("FROM preference_texts", at="preferences@1").num_rows


@pytest.mark.parametrize("absolute", [True, False], ids=["absolute", "relative"])
def test_files_of_any_folder_are_read_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, absolute: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*ODD.values(), *NEIGHBOURS):
        Path(name).mkdir()
        pq.write_table(pa.table({"of": [name]}), tmp_path / name / "all.parquet")
    con = duckdb.connect()
    for name in ODD.values():
        file = Path(tmp_path if absolute else ".", name, "all.parquet")
        assert con.sql(f"FROM {parquet([file])}").fetchall() == [(name,)]


@pytest.mark.parametrize(
    "what",
    [
        "star",
        "two stars",
        "class",
        "single quote",
        "percent",
        "backslash",
        "scheme",
        "file address",
    ],
)
def test_a_warehouse_lives_in_any_folder_and_tidying_it_spares_its_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, published: Path, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    folders = [Path(name) for name in (ODD[what], NEIGHBOURS[0])]
    for folder in folders:
        shutil.copytree(published, folder)
        (folder / "data" / "main" / "runs").mkdir(exist_ok=True)
        (folder / "data" / "main" / "runs" / "left.parquet").write_bytes(b"half")
    with Warehouse.open(WarehouseSettings(path=folders[0])) as warehouse:
        maintain(warehouse, min_age_h=0)
    assert [n_published(folder) for folder in folders] == [2, 2]
    assert [f for f in folders if (f / "data" / "main" / "runs" / "left.parquet").exists()] == [
        folders[1]
    ]


def test_warehouses_exports_reports_and_tables_are_made_under_any_name(tmp_path: Path) -> None:
    with orchard.publish_orchard(tmp_path / ALL_ODD) as warehouse:
        for kind in ("trl", "parquet", "nemo_rl"):
            done = export(warehouse, "preferences@1", kind, tmp_path / f"{kind} {ALL_ODD}")
            assert sum(done.n_rows.values()) > 0
        page = write_report(warehouse, "preferences@1", tmp_path / f"report {ALL_ODD}.html")
        assert page.stat().st_size > 10_000
        warehouse.con.execute("CALL ducklake_flush_inlined_data('wh')")
        assert n_published(tmp_path / ALL_ODD) == warehouse.query("FROM preferences").num_rows
        for ending in ("parquet", "csv", "jsonl"):
            write_rows(pa.table({"a": [1]}), tmp_path / f"{ALL_ODD}.{ending}")
    assert all((tmp_path / f"{ALL_ODD}.{e}").is_file() for e in ("parquet", "csv", "jsonl"))
