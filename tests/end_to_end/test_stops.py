"""A run that is asked to stop ends in seconds with one line, and the same command goes on as if nothing had happened."""

import hashlib
import json
import random
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import ROOT, Winnow
from tests.end_to_end.runs import marked_processes, published, stored
from tests.pipelines.inference.fault_server import FaultServer, Reply, error, said, serving
from winnow.flows.curation.state import RunState, unfinished_runs

HANGS_S = 60.0
"""A command that does not end by then hangs; it ends in seconds, but no test measures how fast a machine is."""

SETTINGS = """
name: stops
prompts: {{path: {root}/examples/quickstart/prompts.jsonl, sample: 8}}
models:
  served: {{engine: openai, model: m, urls: ["{url}"], max_concurrency: 2}}
sample: [{{model: {sampler}, n: 2, temperature: 1.0, max_tokens: 32}}]
compare: {{max_per_prompt: 4}}
label:
  - {{judge: pairwise, model: served, max_critique_chars: 40}}
  - {{verifier: reference_overlap}}
keep: [order_consistent, {{margin: 0.1}}]
export: [{{format: jsonl}}]
"""

HERE = (
    "{engine: vllm, model: tiny, dtype: float32, max_num_seqs: 4, kv_cache_gib: 1, cpu_threads: 1, "
    "enforce_eager: true}"
)

ENDS = {signal.SIGINT: ("Ctrl-C", 130), signal.SIGTERM: ("SIGTERM", 143)}


def answer(_number: int, body: dict[str, Any]) -> Reply:
    """Answer the same request alike, a judge's question in both orders for the same response."""
    asked = json.dumps(body["messages"])
    if "response_format" not in body:
        return said(
            f"It is {hashlib.sha256(asked.encode()).hexdigest()[:12]}, seed {body['seed']}."
        )
    first, second = (
        re.findall(rf"<{p}-\w+>(.*?)</{p}-\w+>", asked)[-1] for p in ("first", "second")
    )
    verdict = "first" if first > second else "second"
    return said(json.dumps({"critique": "longer", "verdict": verdict}))


def slow(number: int, body: dict[str, Any]) -> Reply:
    reply = answer(number, body)
    reply.delay_s = 0.2
    return reply


def hanging(_number: int, _body: dict[str, Any]) -> Reply:
    return Reply(delay_s=10 * HANGS_S)


def bad_gateway(_number: int, _body: dict[str, Any]) -> Reply:
    return error(502, "bad gateway")


@dataclass
class Stop:
    """A moment at which a run is asked to stop."""

    where: str
    """Stage of the run, or what else it waits for."""

    server: Callable[[int, dict[str, Any]], Reply] = answer

    n_calls: int = 0
    """Calls that the server has heard of this run by then."""

    at_most_s: float = 0.05
    """The signal comes at a random moment within this after the stage has begun."""


STAGES = (
    "read", "sample", "compare", "label", "aggregate", "keep", "assemble", "shortcuts", "audit", "publish",
)  # fmt: skip
"""Stages of the run, in order."""

STOPS = [
    Stop("command", at_most_s=1.0),
    Stop("prefect", at_most_s=1.0),
    Stop("read", at_most_s=0.2),
    Stop("sample", hanging, n_calls=1, at_most_s=0.5),
    Stop("sample", bad_gateway, n_calls=1, at_most_s=0.5),
    Stop("sample", bad_gateway, n_calls=8, at_most_s=1.0),
    Stop("sample", slow, n_calls=3, at_most_s=0.3),
    Stop("compare"),
    Stop("label", hanging, n_calls=1, at_most_s=0.5),
    Stop("label", bad_gateway, n_calls=6, at_most_s=0.5),
    Stop("label", slow, n_calls=8, at_most_s=0.3),
    Stop("aggregate"),
    Stop("keep"),
    Stop("assemble"),
    Stop("shortcuts"),
    Stop("audit"),
    Stop("publish"),
    Stop("report"),
]

IN_PROCESS = [
    Stop("engine", at_most_s=5.0),
    Stop("answers"),
]
"""Of a run whose model samples with vLLM in the process of the run."""


class Run:
    """A run of the command that can be asked to stop, and what it started."""

    def __init__(self, settings: Path, warehouse: Path, environment: dict[str, str]) -> None:
        self.warehouse = warehouse
        self.mark = f"WINNOW_TEST_RUN={uuid.uuid4().hex}"
        self.command = [sys.executable, "-m", "winnow", "run", str(settings)]
        self.command += ["--warehouse", str(warehouse)]
        self.environment = {**environment, **dict([self.mark.split("=")])}

    def start(self, out: Path, at: Stop) -> "subprocess.Popen[bytes]":
        if at.where == "prefect":  # its own server, since none is named
            del self.environment["PREFECT_API_URL"]
        before = self.state()
        self.n_starts = before.n_starts if before else 0
        self.out, self.err = out.with_suffix(".out"), out.with_suffix(".err")
        with self.out.open("wb") as stdout, self.err.open("wb") as stderr:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdout=stdout,
                stderr=stderr,
                # A background process of a shell without job control has Ctrl-C ignored.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            )
        return self.process

    def is_at(self, where: str) -> bool:
        """Whether the run has come there."""
        if where == "command":
            status = Path(f"/proc/{self.process.pid}/status").read_text()
            caught = int(re.findall(r"SigCgt:\s*(\w+)", status)[0], 16)
            return bool(caught >> (signal.SIGTERM - 1) & 1)
        if where == "prefect":
            return len(list(marked_processes(self.mark))) > 1
        if where == "answers":
            return any(self.warehouse.glob("completions/*.parquet"))
        if where == "engine":
            where = "sample"
        if where == "report":
            return "is published" in self.out.read_text()
        state = self.state()
        if state is None or state.n_starts == self.n_starts or state.stage not in STAGES:
            return False
        # A stage of a few milliseconds may be over before anybody looks.
        return STAGES.index(state.stage) >= STAGES.index(where)

    def state(self) -> RunState | None:
        """Give how far the run is, or was when it ended; None where it was never begun."""
        return next(iter(unfinished_runs(self.warehouse / "staging")), None)

    def left_over(self) -> list[int]:
        """Give what the run started and did not take along, after as long as a server needs to end."""
        end = time.monotonic() + HANGS_S
        while (left := list(marked_processes(self.mark))) and time.monotonic() < end:
            time.sleep(0.05)
        return left


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with serving(answer) as server:
        yield server


@pytest.fixture(scope="module")
def settings_file(tmp_path_factory: pytest.TempPathFactory, server: FaultServer) -> Path:
    path = tmp_path_factory.mktemp("stops") / "run.yaml"
    path.write_text(SETTINGS.format(root=ROOT, url=server.url, sampler="served"))
    return path


def stop(run: Run, at: Stop, sign: signal.Signals, server: FaultServer, after_s: float) -> str:
    """Send a signal when the run has come to a moment, see how it ends, and give the line it says."""
    server.script = at.server
    n_before = len(server.calls)
    process = run.process
    while process.poll() is None and not run.is_at(at.where):
        time.sleep(0.002)
    while process.poll() is None and len(server.calls) < n_before + at.n_calls:
        time.sleep(0.002)
    time.sleep(after_s)
    process.send_signal(sign)
    sent = time.monotonic()
    status = process.wait(HANGS_S)
    seconds = time.monotonic() - sent
    server.script = answer
    said, printed = run.err.read_text(), run.out.read_text()
    print(
        f"{at.where:<10} {at.server.__name__:<12} {sign.name:<8} {seconds:5.2f} s  {said.strip()}"
    )
    assert "Traceback" not in printed
    assert run.left_over() == []
    if status == 0:  # it was done before it heard
        assert at.where in ("publish", "report")
        return ""
    name, wanted = ENDS[sign]
    assert status == wanted, said
    (line,) = said.splitlines()
    assert line.startswith(f"winnow: stopped by {name}")
    assert "the same command" in line
    return line


@pytest.mark.timeout(1500)
def test_a_run_stopped_at_any_moment_publishes_what_an_undisturbed_one_does(
    settings_file: Path,
    server: FaultServer,
    winnow: Winnow,
    command_environment: dict[str, str],
    tmp_path: Path,
) -> None:
    undisturbed = winnow("run", settings_file, "--warehouse", tmp_path / "undisturbed")
    assert undisturbed.returncode == 0, undisturbed.stderr
    wanted = published(tmp_path / "undisturbed")
    n_requests = stored(tmp_path / "undisturbed")
    assert wanted

    warehouse, moments = tmp_path / "stopped", random.Random(11)
    for number, at in enumerate(STOPS):
        run = Run(settings_file, warehouse, command_environment)
        run.start(tmp_path / str(number), at)
        sign = moments.choice(list(ENDS))
        stop(run, at, sign, server, moments.uniform(0, at.at_most_s))
    last = winnow("run", settings_file, "--warehouse", warehouse)
    assert last.returncode == 0, last.stderr
    assert published(warehouse) == wanted
    assert stored(warehouse) == n_requests


@pytest.mark.engine
@pytest.mark.timeout(900)
def test_a_run_stopped_while_its_engine_starts_and_samples_goes_on(
    server: FaultServer, winnow: Winnow, command_environment: dict[str, str], tmp_path: Path
) -> None:
    settings = tmp_path / "run.yaml"
    text = SETTINGS.format(root=ROOT, url=server.url, sampler="here").replace("n: 2", "n: 24")
    settings.write_text(text.replace("models:", f"models:\n  here: {HERE}"))
    warehouse, moments = tmp_path / "stopped", random.Random(13)
    for number, at in enumerate(IN_PROCESS):
        run = Run(settings, warehouse, command_environment)
        run.start(tmp_path / str(number), at)
        sign = moments.choice(list(ENDS))
        assert "while sampling" in stop(run, at, sign, server, moments.uniform(0, at.at_most_s))
    status = winnow("status", "--warehouse", warehouse).stdout
    assert "stopped" in status and "in sample" in status
    n_kept, _ = stored(warehouse)
    last = winnow("run", settings, "--warehouse", warehouse)
    assert last.returncode == 0, last.stderr
    assert f"{n_kept:,} already paid for" in last.stdout
    assert published(warehouse)
