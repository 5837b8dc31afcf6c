"""Judges of several voices in runs that are killed, and with a real model: every turn is kept, and nothing is paid for twice."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.end_to_end.conftest import ROOT, Winnow
from tests.end_to_end.killing import KillableServer, Run, preload
from tests.end_to_end.runs import published, stored
from tests.end_to_end.test_killed_engine import n_answers
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings

SHORT = {"max_critique_chars": 20}
PANEL = {"judge": "panel", "exchanges": 1, "members": [{"role": "Doubt.", **SHORT}, {"role": "Trust.", **SHORT}]}  # fmt: skip
DEBATE = {"judge": "debate", "evidence": 2, "max_quote_chars": 20, "max_reason_chars": 10, **SHORT}
ADVOCATES = {"judge": "advocates", "max_point_chars": 20, **SHORT}
DRAWN = {"judge": "rating", "pointwise": True, "temperature": 0.7, "samples": 2, **SHORT}
N_KILLS, CONCURRENCY = 2, 8


def turns(warehouse: Path) -> list[dict[str, Any]]:
    with Warehouse.open(WarehouseSettings(path=warehouse), read_only=True) as opened:
        return opened.query("SELECT * FROM panel_turns ORDER BY judgment_id, turn").to_pylist()


def completions(warehouse: Path) -> dict[str, str]:
    """Give the texts in the store by request_id."""
    files = str(warehouse / "completions" / "*.parquet")
    rows = duckdb.execute("SELECT request_id, text FROM read_parquet(?)", [files]).fetchall()
    return dict(rows)


def write_pairs(folder: Path) -> None:
    lines = (ROOT / "examples/rubrics/comparisons.jsonl").read_text("utf-8").splitlines()
    (folder / "pairs.jsonl").write_text("\n".join(lines[:2]) + "\n", "utf-8")


@pytest.fixture
def server(tmp_path: Path, command_environment: dict[str, str]) -> Iterator[KillableServer]:
    preload(command_environment)
    server = KillableServer(tmp_path / "asked", 0.02)
    yield server
    server.close()


@pytest.mark.server
@pytest.mark.timeout(900)
def test_a_run_killed_in_the_middle_of_its_debates_tells_the_same_and_pays_nothing_twice(
    server: KillableServer, command_environment: dict[str, str], tmp_path: Path
) -> None:
    write_pairs(tmp_path)
    served = {"engine": "openai", "model": "m", "urls": [server.url], "max_concurrency": CONCURRENCY}  # fmt: skip
    settings = {
        "name": "panels",
        "comparisons": {"path": str(tmp_path / "pairs.jsonl"), "annotator": "reader"},
        "models": {"served": served},
        "label": [{**one, "model": "served"} for one in (PANEL, DEBATE, ADVOCATES, DRAWN)],
        "keep": [],
    }
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(settings))

    def begin(name: str) -> Run:
        arguments = ["run", str(tmp_path / "run.yaml"), "--warehouse", str(tmp_path / name)]
        return Run(arguments, command_environment, tmp_path / "out.txt")

    begin("unbroken").end()
    wanted, told = published(tmp_path / "unbroken"), turns(tmp_path / "unbroken")
    n_requests, n_distinct = stored(tmp_path / "unbroken")
    assert n_requests == n_distinct == server.n_asked()
    roles = {turn["role"].split(" of ")[0] for turn in told}
    assert roles == {"member 1", "member 2", "advocate", "judge", "reflection", "draw 1", "draw 2"}
    texts = completions(tmp_path / "unbroken")
    assert told and all(texts[turn["request_id"]] == turn["text"] for turn in told)

    n_before = server.n_asked()
    moments = sorted(random.Random(11).sample(range(5, n_requests - 5), N_KILLS))
    run = begin("killed")
    for moment in moments:
        assert run.comes_to(lambda _, at=moment: server.n_asked() - n_before >= at)  # type: ignore[misc]
        run.kill()
        run = begin("killed")
    run.end()
    assert (published(tmp_path / "killed"), turns(tmp_path / "killed")) == (wanted, told)
    assert stored(tmp_path / "killed") == (n_requests, n_requests)
    assert server.n_asked() - n_before - n_requests <= N_KILLS * CONCURRENCY  # those in flight


@pytest.mark.engine
@pytest.mark.timeout(900)
def test_a_real_model_debates_is_killed_and_goes_on_with_every_turn_a_completion_paid_for_once(
    winnow: Winnow, command_environment: dict[str, str], tmp_path: Path
) -> None:
    write_pairs(tmp_path)
    settings = {
        "name": "panels",
        "comparisons": {"path": str(tmp_path / "pairs.jsonl"), "annotator": "reader"},
        "label": [{**one, "model": "smollm2"} for one in (PANEL, DEBATE)],
        "keep": [],
        "allow": ["unread"],  # so small a model may quote what nobody said
    }
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(settings))
    warehouse = tmp_path / "warehouse"
    command = [sys.executable, "-m", "winnow", "run", str(tmp_path / "run.yaml"), "--warehouse", str(warehouse)]  # fmt: skip
    with (tmp_path / "out.txt").open("w") as out:
        run = subprocess.Popen(command, cwd=ROOT, env=command_environment, stdout=out, stderr=out)
    n_wanted = random.Random(4).randrange(5, 9)
    while n_answers(warehouse) < n_wanted:
        assert run.poll() is None, (tmp_path / "out.txt").read_text()
        time.sleep(0.01)
    run.kill()
    run.wait()
    n_kept = n_answers(warehouse)
    last = winnow("run", tmp_path / "run.yaml", "--warehouse", warehouse)
    assert last.returncode == 0, last.stdout + last.stderr
    told, texts = turns(warehouse), completions(warehouse)
    n_requests, n_distinct = stored(warehouse)
    assert n_requests == n_distinct == len({turn["request_id"] for turn in told}) > n_kept >= n_wanted  # fmt: skip
    assert all(texts[turn["request_id"]] == turn["text"] for turn in told)
    again = winnow("run", tmp_path / "run.yaml", "--warehouse", warehouse)
    assert again.returncode == 0 and stored(warehouse) == (n_requests, n_requests)
    assert turns(warehouse) == told
