"""What a run leaves behind, as tests look at it from outside."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb

from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings


def published(warehouse: Path | WarehouseSettings) -> list[dict[str, object]]:
    """Give the preferences of all releases, in one order whatever they were published in."""
    where = WarehouseSettings(path=warehouse) if isinstance(warehouse, Path) else warehouse
    with Warehouse.open(where, read_only=True) as opened:
        return opened.query("SELECT * FROM preferences ORDER BY ALL").to_pylist()


def stored(warehouse: Path) -> tuple[int, int]:
    """Count completions and distinct requests in the store."""
    files = str(warehouse / "completions" / "*.parquet")
    sql = "SELECT count(*), count(DISTINCT request_id) FROM read_parquet(?)"
    row = duckdb.execute(sql, [files]).fetchone()
    assert row is not None
    return row[0], row[1]


def marked_processes(mark: str) -> Iterator[int]:
    """Give the processes that live with a text in their environment: a command, and whatever it started."""
    for entry in Path("/proc").iterdir():
        try:
            environment = (entry / "environ").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue  # it ended meanwhile, or is another user's
        if mark.encode() in environment and int(entry.name) != os.getpid():
            yield int(entry.name)


def kill_after(seconds: float, command: list[str], environment: dict[str, str]) -> bool:
    """Start a run and kill it; tells whether it was still running."""
    run = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        run.wait(seconds)
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGKILL)
        run.wait()
        return True
    assert run.returncode == 0
    return False
