"""Each script is a command of its own process, and stands for a place where a signal may meet one."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.end_to_end.conftest import ROOT
from tests.end_to_end.runs import marked_processes

Command = subprocess.Popen[str]
Start = Callable[[str], Command]

HANGS_S = 60.0
BEGIN = "winnow: stopped by"

BUSY_IN_ANOTHER_LIBRARY = """
with stoppable(), STOP.deferred():
    print("ready", flush=True)
    time.sleep(600)
"""

PATIENT = f"import winnow.flows.stopping\nwinnow.flows.stopping._PATIENCE_S = 1e6\n{BUSY_IN_ANOTHER_LIBRARY}"

SWALLOWING = """
with stoppable():
    now("read")
    try:
        print("ready", flush=True)
        time.sleep(600)
    except BaseException:
        now("sample")
        time.sleep(600)
"""

RETRYING = """
from winnow.flows.curation.flow import stage
from prefect import flow
from winnow.schemas.errors import TransientError

@stage("sample")
def sample():
    now("sample")
    print("ready", flush=True)
    raise TransientError("try again")

@flow
def curate():
    sample()

with stoppable():
    curate()
"""

FLOW = """
from prefect import flow

@flow
def curate():
    print("ready", flush=True)
    time.sleep(600)

with stoppable():
    curate()
"""

FORKING = """
import multiprocessing
with stoppable():
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,))
    child.start()
    while child.is_alive():  # Python loses what comes while it forks
        child.terminate()
        child.join(0.1)
    print("ready", child.exitcode, flush=True)
    time.sleep(600)
"""

NOISY = """
import logging, threading
def fail():
    while not STOP.is_made:
        time.sleep(0.01)
    logging.getLogger("apache_beam").error("a worker broke off")
    raise RuntimeError("a thread broke off")

with stoppable():
    threading.Thread(target=fail).start()
    print("ready", flush=True)
    try:
        time.sleep(600)
    finally:
        raise RuntimeError("what is left half-way has its own complaints")
"""

WITH_CHILDREN = """
import subprocess
with stoppable():
    subprocess.Popen(["sh", "-c", "sleep 600 & echo ready; wait"])
    time.sleep(600)
"""


@pytest.fixture
def start() -> Iterator[Start]:
    """Give a function that runs a script until it is ready, where a signal may come."""
    started: list[Command] = []

    def run(script: str, **options: object) -> Command:
        whole = (
            "import time\nfrom winnow.flows.stopping import now, stoppable\n"
            f"from winnow.pipelines.stopping import STOP\n{script}"
        )
        process: Command = subprocess.Popen(  # type: ignore[call-overload]
            [sys.executable, "-c", whole],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **{"preexec_fn": _hear_ctrl_c, **options},
        )
        started.append(process)
        assert process.stdout is not None
        assert "ready" in process.stdout.readline()
        return process

    yield run
    for process in started:
        with process:  # closes the pipes, which what it started may still hold
            process.kill()


def _hear_ctrl_c() -> None:
    """Undo that a shell without job control has its background processes ignore Ctrl-C, and nohup the end of a terminal."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def end_of(process: Command, *signals: signal.Signals) -> tuple[int, str]:
    """Send signals and give the exit status and all that was said on stderr."""
    for sign in signals:
        process.send_signal(sign)
    said = process.communicate(timeout=HANGS_S)[1]
    return process.returncode, said


@pytest.mark.parametrize(
    ("sign", "name", "status"),
    [
        (signal.SIGINT, "Ctrl-C", 130),
        (signal.SIGTERM, "SIGTERM", 143),
        (signal.SIGHUP, "SIGHUP: its terminal was closed", 129),
    ],
    ids=["SIGINT", "SIGTERM", "SIGHUP"],
)
def test_a_command_ends_with_one_line_and_the_status_of_its_signal(
    start: Start, sign: signal.Signals, name: str, status: int
) -> None:
    process = start('with stoppable():\n    print("ready", flush=True)\n    time.sleep(600)')
    assert end_of(process, sign) == (status, f"{BEGIN} {name}; the same command begins again\n")


def test_work_that_does_not_let_go_is_ended_all_the_same(start: Start) -> None:
    status, said = end_of(start(BUSY_IN_ANOTHER_LIBRARY), signal.SIGTERM)
    assert (status, said.count("\n")) == (143, 1)


def test_a_second_ctrl_c_does_not_wait_for_what_the_first_waits_for(start: Start) -> None:
    process = start(PATIENT)
    for _ in range(round(HANGS_S / 0.1)):  # two that come at once are one to the kernel
        process.send_signal(signal.SIGINT)
        if process.poll() is not None:
            break
        time.sleep(0.1)
    status, said = end_of(process)
    assert (status, said.count("\n")) == (130, 1)


def test_a_stop_that_something_swallowed_ends_the_command_at_its_next_stage(start: Start) -> None:
    status, said = end_of(start(SWALLOWING), signal.SIGINT)
    assert status == 130
    assert said == (
        f"{BEGIN} Ctrl-C while sampling; nothing is lost: answers that came are kept, "
        "and the same command goes on\n"
    )


@pytest.mark.parametrize(
    ("script", "sign"),
    [(RETRYING, signal.SIGINT), (FLOW, signal.SIGTERM)],
    ids=["waiting to try a stage again", "in a flow that took SIGTERM for itself"],
)
def test_a_flow_of_prefect_does_not_hold_a_stop_up(
    start: Start, prefect_api: str, script: str, sign: signal.Signals
) -> None:
    process = start(f"import os\nos.environ['PREFECT_API_URL'] = '{prefect_api}'\n{script}")
    status, said = end_of(process, sign)
    assert status == 128 + sign
    assert said.startswith(BEGIN) and said.count("\n") == 1, said


def test_a_signal_to_a_forked_child_stops_the_child_alone(start: Start) -> None:
    process = start(FORKING)
    assert process.poll() is None
    assert end_of(process, signal.SIGINT)[0] == 130


def test_what_a_command_started_ends_with_it(start: Start) -> None:
    mark = f"WINNOW_TEST_RUN={uuid.uuid4().hex}"
    name, value = mark.split("=")
    process = start(WITH_CHILDREN, env={**os.environ, name: value})
    end = time.monotonic() + 20
    while len(list(marked_processes(mark))) < 3 and time.monotonic() < end:
        time.sleep(
            0.01
        )  # while a process puts another program in its place it shows no environment
    assert len(list(marked_processes(mark))) == 3
    assert end_of(process, signal.SIGTERM)[0] == 143
    assert list(marked_processes(mark)) == []


def test_what_breaks_off_is_not_told_of(start: Start) -> None:
    status, said = end_of(start(NOISY), signal.SIGTERM)
    assert (status, said) == (143, f"{BEGIN} SIGTERM; the same command begins again\n")


def test_who_has_a_command_ignore_a_signal_has_it_ignored(start: Start) -> None:
    def nohup() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    process = start(
        'with stoppable():\n    print("ready", flush=True)\n    time.sleep(600)', preexec_fn=nohup
    )
    status, said = end_of(process, signal.SIGHUP, signal.SIGTERM)
    assert (status, said.split(";")[0]) == (143, f"{BEGIN} SIGTERM")
