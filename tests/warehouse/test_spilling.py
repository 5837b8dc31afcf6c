import os
import tempfile
import time
from pathlib import Path

import duckdb
import pytest

from winnow.warehouse import connection
from winnow.warehouse.connection import clear_spilled, connect
from winnow.warehouse.settings import WarehouseSettings

N_ROWS = 600_000


def sorted_rows(con: duckdb.DuckDBPyConnection) -> "duckdb.DuckDBPyConnection":
    con.execute("SET threads = 1")
    return con.execute(
        f"SELECT repeat(md5(i::VARCHAR), 8) AS text FROM range({N_ROWS}) t(i) ORDER BY text"
    )


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_MEMORY", "60MB")


def test_two_connections_spill_side_by_side_and_leave_nothing(tmp_path: Path) -> None:
    one, other = (connect(WarehouseSettings(path=tmp_path)) for _ in range(2))
    readers = [sorted_rows(con).to_arrow_reader(10_000) for con in (one, other)]
    counts = [len(next(reader)) for reader in readers]
    assert len(list(tmp_path.glob(".spilled-*"))) == 2
    counts[0] += sum(len(batch) for batch in readers[0])
    one.close()
    counts[1] += sum(len(batch) for batch in readers[1])
    other.close()
    assert counts == [N_ROWS, N_ROWS]
    assert list(tmp_path.iterdir()) == []


def test_where_one_may_only_read_a_query_spills_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "tmp"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    con = connect(WarehouseSettings(path=tmp_path / "not there"))
    reader = sorted_rows(con).to_arrow_reader(10_000)
    assert len(next(reader)) and list(elsewhere.glob(".spilled-*"))
    con.close()
    assert not (tmp_path / "not there").exists()


def test_what_a_killed_connection_spilled_is_cleared_once_it_is_old(tmp_path: Path) -> None:
    for name, age_h in (("old", 30), ("young", 1)):
        left = tmp_path / f".spilled-{name}"
        left.mkdir()
        (left / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"rows")
        for path in (*left.iterdir(), left):
            os.utime(path, (time.time() - age_h * 3600,) * 2)
    clear_spilled(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".spilled-young"]
