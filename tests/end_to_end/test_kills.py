"""A run that is killed at any moment and started again ends as if nothing had happened."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.end_to_end.conftest import ROOT, Winnow
from tests.end_to_end.runs import published, stored

N_KILLS = 20
N_PROMPTS = 6
CONCURRENCY = 8

SETTINGS = """
name: kills
prompts: {{path: {prompts}}}
models:
  served: {{engine: openai, model: tiny, urls: ["{server}"], max_concurrency: {concurrency}}}
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


@pytest.fixture(scope="module")
def settings_file(tmp_path_factory: pytest.TempPathFactory, tiny_server: str) -> Path:
    folder = tmp_path_factory.mktemp("kills")
    prompts = write_prompts(folder, N_PROMPTS)
    path = folder / "run.yaml"
    path.write_text(SETTINGS.format(prompts=prompts, server=tiny_server, concurrency=CONCURRENCY))
    return path


def write_prompts(folder: Path, n: int) -> Path:
    lines = (ROOT / "examples/quickstart/prompts.jsonl").read_text("utf-8").splitlines()
    path = folder / "prompts.jsonl"
    path.write_text("\n".join(lines[:n]) + "\n", "utf-8")
    return path


def n_answered(server: str) -> int:
    with urlopen(server.replace("/v1", "/metrics"), timeout=10) as page:
        lines = page.read().decode().splitlines()
    counts = [x.split()[-1] for x in lines if x.startswith("vllm:request_success_total")]
    return round(sum(map(float, counts)))


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


@pytest.mark.engine
@pytest.mark.timeout(1500)
def test_a_run_killed_at_random_moments_publishes_what_an_unbroken_one_does(
    settings_file: Path,
    tiny_server: str,
    winnow: Winnow,
    command_environment: dict[str, str],
    tmp_path: Path,
) -> None:
    started = time.monotonic()
    unbroken = winnow("run", settings_file, "--warehouse", tmp_path / "unbroken")
    duration_s = time.monotonic() - started
    assert unbroken.returncode == 0, unbroken.stderr
    wanted = published(tmp_path / "unbroken")
    n_requests, n_distinct = stored(tmp_path / "unbroken")
    assert wanted and n_requests == n_distinct
    passes = [line.split()[0] for line in unbroken.stdout.splitlines() if " in, " in line]
    assert {"sample", "sample-2", "refine", "compare-2", "label-2"} <= set(passes)

    moments, n_killed, n_chains, served_before = random.Random(7), 0, 0, n_answered(tiny_server)
    while n_killed < N_KILLS:
        n_chains += 1
        warehouse = tmp_path / f"killed-{n_chains}"
        command = [sys.executable, "-m", "winnow", "run", str(settings_file)]
        command += ["--warehouse", str(warehouse)]
        while kill_after(moments.uniform(0, duration_s), command, command_environment):
            n_killed += 1
            if n_killed >= N_KILLS:
                break
        assert winnow("run", settings_file, "--warehouse", warehouse).returncode == 0
        assert published(warehouse) == wanted
        assert stored(warehouse) == (n_requests, n_requests)
    paid_twice = n_answered(tiny_server) - served_before - n_chains * n_requests
    assert 0 <= paid_twice <= n_killed * CONCURRENCY

    served_before = n_answered(tiny_server)
    write_prompts(settings_file.parent, N_PROMPTS + 2)
    grown = winnow("run", settings_file, "--warehouse", tmp_path / "unbroken")
    assert grown.returncode == 0, grown.stderr
    n_more, n_distinct = stored(tmp_path / "unbroken")
    assert n_more == n_distinct
    assert n_answered(tiny_server) - served_before == n_more - n_requests
    counts = [line for line in grown.stdout.splitlines() if " in, " in line]
    first_pass = next(line for line in counts if line.startswith("  sample "))
    assert f"{2 * N_PROMPTS:,} already paid for" in first_pass
    write_prompts(settings_file.parent, N_PROMPTS)


@pytest.mark.engine
def test_a_query_is_answered_while_a_run_works(
    settings_file: Path,
    winnow: Winnow,
    command_environment: dict[str, str],
    tmp_path: Path,
) -> None:
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
