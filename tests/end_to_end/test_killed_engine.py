"""A run with vLLM in a process of its own, and what is left when that process or the run is killed."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.end_to_end.conftest import ROOT, Winnow
from tests.end_to_end.killing import kill
from tests.end_to_end.runs import marked_processes, published, stored

SETTINGS = f"""
name: core
prompts: {{path: {ROOT}/examples/quickstart/prompts.jsonl, sample: 4}}
models:
  here: {{engine: vllm, model: tiny, dtype: float32, max_num_seqs: 4, kv_cache_gib: 1, cpu_threads: 1, enforce_eager: true,
    own_process: true}}
sample: [{{model: here, n: 12, temperature: 1.0, max_tokens: 32}}]
label: [{{verifier: reference_overlap}}]
keep: []
"""


@pytest.mark.engine
@pytest.mark.timeout(900)
def test_a_run_whose_vllm_is_killed_says_so_and_goes_on_with_what_was_answered(
    winnow: Winnow, command_environment: dict[str, str], tmp_path: Path
) -> None:
    settings, warehouse = tmp_path / "run.yaml", tmp_path / "warehouse"
    settings.write_text(SETTINGS)
    mark = f"WINNOW_TEST_RUN={tmp_path.name}"
    environment = {**command_environment, **dict([mark.split("=")])}
    command = [sys.executable, "-m", "winnow", "run", str(settings), "--warehouse", str(warehouse)]
    with (tmp_path / "out.txt").open("w") as out:
        run = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    while not n_answers(warehouse):
        assert run.poll() is None, (tmp_path / "out.txt").read_text()
        time.sleep(0.01)
    kill(largest_child(run.pid))
    assert run.wait() == 1
    said = (tmp_path / "out.txt").read_text()
    assert "models.here: vLLM broke down: " in said and "the same command again" in said
    while list(marked_processes(mark)):
        time.sleep(0.05)
    n_kept = n_answers(warehouse)
    last = winnow("run", settings, "--warehouse", warehouse)
    assert last.returncode == 0, last.stderr
    assert f"{n_kept:,} already paid for" in last.stdout
    assert published(warehouse)
    assert stored(warehouse) == (4 * 12, 4 * 12)


def n_answers(warehouse: Path) -> int:
    """Count what is answered so far, written down or stored."""
    folder = warehouse / "completions"
    lines = [len(path.read_bytes().splitlines()) for path in folder.glob(".*.journal")]
    return sum(lines) + (stored(warehouse)[0] if list(folder.glob("*.parquet")) else 0)


def largest_child(pid: int) -> int:
    """Find the process that holds the model: beside it vLLM starts small ones."""
    children = psutil.Process(pid).children(recursive=True)
    return max(children, key=lambda one: one.memory_info().rss).pid
