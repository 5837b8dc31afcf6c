import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow.parquet as pq
import pytest
import yaml

from tests.flows.house import PROMPTS, VERIFIERS
from tests.pipelines.inference.fault_server import Reply, said, serving
from winnow.flows.curation.state import unfinished_runs
from winnow.pipelines.inference.store import CompletionStore
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import S3Settings, WarehouseSettings

pytestmark = pytest.mark.server

PUBLISHED = "SELECT * FROM preferences ORDER BY preference_id"


class Machine:
    """A folder of its own, in which `winnow` runs; it shares what `warehouse` names."""

    def __init__(self, folder: Path, warehouse: dict[str, Any], url: str) -> None:
        folder.mkdir()
        self.folder = folder
        model = {"engine": "openai", "model": "m", "urls": [url], "max_concurrency": 1}
        settings = {
            "name": "birds",
            "warehouse": {"path": "house", **warehouse},
            "prompts": {"path": "prompts.jsonl"},
            "models": {"srv": model},
            "sample": [{"model": "srv", "n": 4, "max_tokens": 64}],
            "label": VERIFIERS,
            "release": "birds",
        }
        (folder / "run.yaml").write_text(yaml.safe_dump(settings), "utf-8")
        lines = "".join(json.dumps(row) + "\n" for row in PROMPTS)
        (folder / "prompts.jsonl").write_text(lines, "utf-8")
        self.warehouse = WarehouseSettings.model_validate({"path": folder / "house", **warehouse})

    def start(self, prefect_api: str) -> "subprocess.Popen[str]":
        known = {"PYTHONPATH": os.pathsep.join(sys.path), "PREFECT_API_URL": prefect_api}
        return subprocess.Popen(
            [sys.executable, "-m", "winnow", "run", "run.yaml"],
            cwd=self.folder,
            env={**os.environ, **known, "COLUMNS": "200"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, prefect_api: str) -> None:
        process = self.start(prefect_api)
        printed, _ = process.communicate()
        assert process.returncode == 0, printed

    def rows(self, sql: str) -> list[dict[str, Any]]:
        with Warehouse.open(self.warehouse, read_only=True) as warehouse:
            rows: list[dict[str, Any]] = warehouse.query(sql).to_pylist()
        return rows


def test_a_run_that_is_killed_on_one_machine_goes_on_at_another_and_asks_for_nothing_twice(
    tmp_path: Path, s3: S3Settings, prefect_api: str
) -> None:
    n_answered, goes_on = 5, threading.Event()
    known = {row["prompt"]: row["reference"] for row in PROMPTS}

    def script(number: int, body: dict[str, Any]) -> Reply:
        if number == n_answered:
            goes_on.wait()
        asked = body["messages"][-1]["content"]
        return said(known[asked] if body["seed"] % 3 else f"Purple clocks, {body['seed']}.")

    def shared(name: str) -> dict[str, Any]:
        address = f"s3://winnow/{uuid4().hex}"
        catalog = f"sqlite:{tmp_path / name}.sqlite"
        return {"place": address, "catalog": catalog, "s3": s3.model_dump()}

    team = shared("team")
    with serving(script) as server:
        first = Machine(tmp_path / "first", team, server.url)
        second = Machine(tmp_path / "second", team, server.url)
        killed = first.start(prefect_api)
        try:
            store = CompletionStore(second.warehouse.completions)
            while n_stored(store) < n_answered:
                assert killed.poll() is None, killed.communicate()[0]
                time.sleep(0.1)
            (running,) = unfinished_runs(second.warehouse.runs)
            assert (running.is_running, running.stage) == (True, "sample")
        finally:
            killed.send_signal(signal.SIGKILL)
            killed.wait()
            goes_on.set()
        (stopped,) = unfinished_runs(second.warehouse.runs)
        assert not stopped.is_running
        second.run(prefect_api)
        n_asked = len(server.calls)
        unbroken = Machine(tmp_path / "unbroken", {}, server.url)
        unbroken.run(prefect_api)
    assert n_asked == len(PROMPTS) * 4 + 1  # the one in flight is asked for again
    assert first.rows(PUBLISHED) == unbroken.rows(PUBLISHED) != []
    assert [run["n_starts"] for run in first.rows("SELECT n_starts FROM runs")] == [2]
    for machine in (first, second):
        local = {path.name for path in (machine.folder / "house").iterdir()}
        assert local <= {"reports", "staging"}


def n_stored(store: CompletionStore) -> int:
    names = [e.name for e in store.place.entries() if e.name.endswith(".parquet")]
    return sum(pq.read_metadata(store.place.open(name)).num_rows for name in names)
