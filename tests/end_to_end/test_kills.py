"""A run whose process, worker or engine is killed at any moment ends, started again where need be, as if nothing had happened."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ROOT, Winnow
from tests.end_to_end.killing import KillableServer, Run, kill, preload
from tests.end_to_end.runs import published, stored

N_KILLS = int(os.environ.get("WINNOW_KILLS", "16"))
"""Kills in all: `make kill-test` asks for 50."""

N_WORKERS_KILLED = N_KILLS // 8
N_PROMPTS = 6
CONCURRENCY = 8
LATENCY_S = 0.05

SETTINGS = """
name: kills
prompts: {{path: {prompts}}}
models:
  served: {{engine: openai, model: m, urls: ["{server}"], max_concurrency: {concurrency}}}
steps:
  - sample: {{model: served, n: 2, temperature: 1.0, max_tokens: 32}}
  - compare
  - label: &annotators
      - {{judge: pairwise, model: served, max_critique_chars: 40}}
      - {{verifier: reference_overlap}}
  - aggregate
  - sample: {{model: served, temperature: 1.0, max_tokens: 32}}
    of: doubtful
  - refine: {{model: served, max_tokens: 32}}
    of: worst
  - compare: {{max_per_prompt: 4}}
  - label: *annotators
  - aggregate
  - keep: [order_consistent, {{margin: 0.1}}]
"""

ON_WORKERS = """
name: workers
beam: {{options: {{direct_num_workers: 2, direct_running_mode: multi_processing}}}}
prompts: {{path: {prompts}}}
models:
  served: {{engine: openai, model: m, urls: ["{server}"], max_concurrency: {concurrency}}}
sample: [{{model: served, n: 16, temperature: 1.0, max_tokens: 32}}]
label: [{{verifier: reference_overlap}}]
keep: []
"""

Begin = Callable[[Path], Run]
"""Starts a run of the settings in a warehouse."""


@pytest.fixture(scope="module", autouse=True)
def _preloaded(command_environment: dict[str, str]) -> None:
    preload(command_environment)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[KillableServer]:
    server = KillableServer(tmp_path / "asked", LATENCY_S)
    yield server
    server.close()


def write_settings(folder: Path, text: str, server: KillableServer, n_prompts: int) -> Path:
    prompts, path = write_prompts(folder, n_prompts), folder / "run.yaml"
    path.write_text(text.format(prompts=prompts, server=server.url, concurrency=CONCURRENCY))
    return path


def write_prompts(folder: Path, n: int) -> Path:
    lines = (ROOT / "examples/quickstart/prompts.jsonl").read_text("utf-8").splitlines()
    path = folder / "prompts.jsonl"
    path.write_text("\n".join(lines[:n]) + "\n", "utf-8")
    return path


@pytest.fixture
def begin(command_environment: dict[str, str], tmp_path: Path) -> Begin:
    def run(warehouse: Path) -> Run:
        arguments = ["run", str(tmp_path / "run.yaml"), "--warehouse", str(warehouse)]
        return Run(arguments, command_environment, tmp_path / "out.txt")

    return run


@pytest.mark.server
@pytest.mark.timeout(1500)
def test_a_run_killed_at_random_moments_and_whose_server_is_killed_publishes_what_an_unbroken_one_does(
    begin: Begin, server: KillableServer, winnow: Winnow, tmp_path: Path
) -> None:
    settings = write_settings(tmp_path, SETTINGS, server, N_PROMPTS)
    started = time.monotonic()
    unbroken = begin(tmp_path / "unbroken")
    unbroken.end()
    duration_s = time.monotonic() - started
    wanted = published(tmp_path / "unbroken")
    n_requests, n_distinct = stored(tmp_path / "unbroken")
    assert wanted and n_requests == n_distinct == server.n_asked()
    counts = [line for line in unbroken.out.read_text().splitlines() if " in, " in line]
    steps = {line.split()[0] for line in counts}
    assert {"sample", "sample-2", "refine", "compare-2", "label-2"} <= steps

    moments, n_chains, asked_before = random.Random(7), 0, server.n_asked()
    killed = {"run": 0, "server": 0}
    while sum(killed.values()) < N_KILLS - N_WORKERS_KILLED:
        n_chains += 1
        warehouse = tmp_path / f"killed-{n_chains}"
        run = begin(warehouse)
        while sum(killed.values()) < N_KILLS - N_WORKERS_KILLED:
            if moments.random() < 0.6:
                if run.is_over_within(moments.uniform(0, duration_s)):
                    break
                run.kill()
                killed["run"] += 1
                run = begin(warehouse)
            else:
                moment = server.n_asked() + moments.randrange(1, n_requests // 2)
                if not run.comes_to(lambda _, at=moment: server.n_asked() >= at):  # type: ignore[misc]
                    break
                server.kill()
                killed["server"] += 1
                server.start()
        run.end()
        assert published(warehouse) == wanted
        assert stored(warehouse) == (n_requests, n_requests)
    assert all(killed.values())
    paid_twice = server.n_asked() - asked_before - n_chains * n_requests
    print(
        f"killed {killed} in {n_chains} warehouses: {paid_twice} of {n_requests} requests asked twice"
    )
    assert 0 <= paid_twice <= sum(killed.values()) * CONCURRENCY

    asked_before = server.n_asked()
    write_prompts(tmp_path, N_PROMPTS + 2)
    grown = winnow("run", settings, "--warehouse", tmp_path / "unbroken")
    assert grown.returncode == 0, grown.stderr
    n_more, n_distinct = stored(tmp_path / "unbroken")
    assert n_more == n_distinct
    assert server.n_asked() - asked_before == n_more - n_requests
    counts = [line for line in grown.stdout.splitlines() if " in, " in line]
    first_pass = next(line for line in counts if line.startswith("  sample "))
    assert f"{2 * N_PROMPTS:,} already paid for" in first_pass


@pytest.mark.server
@pytest.mark.timeout(900)
def test_a_run_whose_workers_are_killed_publishes_what_an_unbroken_one_does(
    begin: Begin, server: KillableServer, tmp_path: Path
) -> None:
    path = write_settings(tmp_path, ON_WORKERS, server, N_PROMPTS)
    on_workers = path.read_text()
    path.write_text("\n".join(line for line in on_workers.splitlines() if "beam:" not in line))
    begin(tmp_path / "unbroken").end()
    wanted = published(tmp_path / "unbroken")
    n_requests, _ = stored(tmp_path / "unbroken")
    assert wanted and n_requests == server.n_asked()
    path.write_text(on_workers)

    moments, n_killed, n_chains, asked_before = random.Random(5), 0, 0, server.n_asked()
    while n_killed < N_WORKERS_KILLED:
        n_chains += 1
        warehouse = tmp_path / f"killed-{n_chains}"
        run = begin(warehouse)
        while n_killed < N_WORKERS_KILLED:
            moment = server.n_asked() + moments.randrange(1, n_requests // 2)
            if not run.comes_to(lambda r, at=moment: server.n_asked() >= at and r.workers()):  # type: ignore[misc]
                break
            kill(moments.choice(run.workers()))
            n_killed += 1
        run.end()
        assert published(warehouse) == wanted
        assert stored(warehouse) == (n_requests, n_requests)
    paid_twice = server.n_asked() - asked_before - n_chains * n_requests
    print(f"killed {n_killed} workers in {n_chains} warehouses: {paid_twice} requests asked twice")
    assert 0 <= paid_twice <= n_killed * 2 * CONCURRENCY


@pytest.mark.server
def test_a_query_is_answered_while_a_run_works(
    server: KillableServer,
    winnow: Winnow,
    command_environment: dict[str, str],
    tmp_path: Path,
) -> None:
    settings_file = write_settings(tmp_path, SETTINGS, server, N_PROMPTS)
    assert winnow("run", settings_file, "--warehouse", tmp_path).returncode == 0
    other = tmp_path / "other.yaml"
    other.write_text(settings_file.read_text().replace("max_tokens: 32", "max_tokens: 33"))
    command = [sys.executable, "-m", "winnow", "run", str(other), "--warehouse", str(tmp_path)]
    run = subprocess.Popen(
        command, env=command_environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    n_answered_meanwhile = 0
    while run.poll() is None:
        asked = winnow("query", "SELECT count(*) AS n FROM releases", "--warehouse", tmp_path)
        assert asked.returncode == 0, asked.stderr
        n_answered_meanwhile += run.poll() is None
    assert run.returncode == 0
    assert n_answered_meanwhile > 0
    assert "preferences@2" in winnow("releases", "--warehouse", tmp_path).stdout
