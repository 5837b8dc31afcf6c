"""What the tests of several processes start: `python -m tests.warehouse.processes ACTION FOLDER ARGUMENT`."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa

from tests import toy
from winnow.schemas.ids import content_id
from winnow.schemas.rejects import Reject
from winnow.warehouse.audit import AuditResult
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging

ROOT = Path(__file__).parents[2]
PASSED = AuditResult(checks=())
N_REJECTS = 200_000


def start(action: str, folder: Path, argument: str = "") -> "subprocess.Popen[str]":
    """Start a process that says "ready" and waits for a line before it acts."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.warehouse.processes", action, str(folder), argument],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_until_ready(process: "subprocess.Popen[str]") -> None:
    """Read the "ready" of a process."""
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def go(process: "subprocess.Popen[str]") -> None:
    """Let a process act."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def large_staging(settings: WarehouseSettings, run_id: str) -> Staging:
    """Stage the toy run with so many rejects that publishing takes a moment."""
    staging = toy.stage(settings.staging(run_id), run_id)
    columns = {name: [name] * N_REJECTS for name in Reject.model_fields}
    columns["run_id"] = [run_id] * N_REJECTS
    columns["record_id"] = [f"toy.jsonl:{i}" for i in range(N_REJECTS)]
    staging.write(Reject, pa.table(columns), part="read")
    return staging


def _publish(settings: WarehouseSettings, name: str) -> None:
    run_id = content_id(name)
    staging = Staging(settings.staging(run_id))
    with Warehouse.open(settings) as warehouse:
        _ready()
        release = publish(warehouse, staging, toy.run(run_id), "preferences", PASSED)
    print(release.release, flush=True)


def _lock(settings: WarehouseSettings, _: str) -> None:
    import sqlite3

    catalog = sqlite3.connect(settings.path / "catalog.sqlite", isolation_level=None)
    catalog.execute("BEGIN EXCLUSIVE")
    _ready()


def _sqlite(settings: WarehouseSettings, sql: str) -> None:
    import sqlite3

    with sqlite3.connect(settings.path / "catalog.sqlite") as catalog:
        catalog.execute(sql)


def _ready() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    actions = {"publish": _publish, "lock": _lock, "sqlite": _sqlite}
    action, folder, argument = sys.argv[1:]
    actions[action](WarehouseSettings(path=Path(folder), busy_timeout_s=60), argument)
