"""Starts that go wrong: what they leave, and that the next one works. All real but what runs in Argilla's environment."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.annotation.conftest import needs_redis
from winnow.annotation.argilla.server import ArgillaServer, environment, parts, processes
from winnow.schemas.errors import CurationError, InvalidSettings, TransientError

STAND_IN = Path(__file__).with_name("stand_in.py")
UP = """
import sys
from pathlib import Path
from winnow.annotation.argilla.server import ArgillaServer, parts
from winnow.flows.stopping import stoppable
parts.INSIDE = Path(sys.argv[1])
with stoppable():
    ArgillaServer(Path(sys.argv[2]), environment=Path(sys.argv[3])).up()
"""
NOTHING = {"server": None, "worker": None, "redis": None}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArgillaServer]:
    """Give a server that was never started, of which only Redis and Winnow's side are real."""
    needs_redis()
    monkeypatch.setattr(parts, "INSIDE", STAND_IN)
    made = tmp_path / "env"
    (made / "bin").mkdir(parents=True)
    (made / "bin" / "python").symlink_to(sys.executable)
    (made / "complete").write_text(environment._fingerprint())
    server = ArgillaServer(tmp_path / "argilla", environment=made)
    server.home.mkdir()
    yield server
    server.down()


def break_at(server: ArgillaServer, fault: str) -> None:
    (server.home / "fault").write_text(fault)


def mend(server: ArgillaServer) -> None:
    (server.home / "fault").unlink()


def port_of(server: ArgillaServer) -> int:
    return int(server.address().url.rpartition(":")[2])


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def up_in_a_process(server: ArgillaServer) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", UP, STAND_IN, server.home, server.environment]
    return subprocess.Popen([str(part) for part in command], cwd=Path(__file__).parents[4])


def wait_for(is_so: Callable[[], bool]) -> None:
    while not is_so():
        threading.Event().wait(0.02)


def test_what_the_worker_has_begun_to_write_is_left_alone(
    server: ArgillaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_worker = parts.Parts.start_worker

    def and_let_it_write(starting: parts.Parts) -> "subprocess.Popen[bytes] | None":
        worker = start_worker(starting)
        wait_for((server.home / "working").exists)
        return worker

    monkeypatch.setattr(parts.Parts, "start_worker", and_let_it_write)
    server.up()
    assert Path((server.home / "working").read_text()).exists()


def test_the_folder_for_temporary_files_is_emptied_only_while_nothing_runs(
    server: ArgillaServer,
) -> None:
    server.up()
    wait_for((server.home / "working").exists)
    written = Path((server.home / "working").read_text())
    pid = server.status().processes["server"]
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    server.up()
    assert written.exists()
    server.down()
    server.up()
    assert not written.exists()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("prepare", "could not be prepared: error: prepare was made to fail"),
        ("prepare disk full", "could not be prepared: .*database or disk is full"),
        ("prepare killed", "could not be prepared: SIGKILL ended it"),
        ("work", "worker ended: error: work was made to fail"),
        ("serve", "server ended: error: serve was made to fail"),
        ("serve hangs", "server does not answer: .*--timeout-s"),
    ],
)
def test_a_failed_start_says_why_and_leaves_nothing_running(
    server: ArgillaServer, fault: str, said: str
) -> None:
    break_at(server, fault)
    with pytest.raises(CurationError, match=said):
        server.up(timeout_s=2 if "hangs" in fault else 60)
    assert server.status().processes == NOTHING
    assert not (server.home / "port").exists()
    mend(server)
    assert server.up().url == server.address().url


def test_a_redis_that_cannot_start_is_named_and_nothing_runs_on(server: ArgillaServer) -> None:
    (server.home / "redis").mkdir()
    (server.home / "redis" / "appendonlydir").write_text("no folder")
    with pytest.raises(TransientError, match="Argilla's redis ended"):
        server.up()
    assert server.status().processes == NOTHING


def test_a_redis_that_dies_while_the_others_start_is_no_success(server: ArgillaServer) -> None:
    def kill_redis(message: str) -> None:
        if message.startswith("starting Argilla"):
            processes.stop(server.home, "redis")

    with pytest.raises(TransientError, match="Argilla's redis ended"):
        replace(server, say=kill_redis).up()
    assert server.status().processes == NOTHING
    assert server.up().url == server.address().url


def test_a_failed_start_leaves_running_what_ran_before(server: ArgillaServer) -> None:
    server.up()
    before = server.status().processes
    assert before["server"] is not None
    os.kill(before["server"], signal.SIGKILL)
    break_at(server, "serve")
    with pytest.raises(TransientError, match="server ended"):
        server.up()
    assert server.status().processes == {**before, "server": None}


def test_a_taken_port_is_told_before_anything_is_made(server: ArgillaServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(InvalidSettings, match=f"port {taken} on 127.0.0.1 is taken"):
            replace(server, port=taken).up()
    assert server.status().processes == NOTHING
    assert {path.name for path in server.home.iterdir()} <= {"lock"}


def test_a_running_server_is_not_moved_by_another_port_or_host(server: ArgillaServer) -> None:
    server.up()
    port, before = port_of(server), server.status()
    where = rf"runs already on http://127\.0\.0\.1:{port}"
    other = f"{where}.*winnow annotate down.*winnow annotate up --port {port + 1}"
    with pytest.raises(InvalidSettings, match=other):
        replace(server, port=port + 1).up(annotators=["ann"])
    with pytest.raises(InvalidSettings, match=rf"{where}.*up --host 0\.0\.0\.0"):
        replace(server, host="0.0.0.0").up()
    assert server.status() == before
    assert server.credentials().annotators == ()
    assert replace(server, port=port, host="127.0.0.1").up() == server.address()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "203.0.113.1"])
def test_a_host_that_is_not_this_machine_is_refused_in_a_line(
    server: ArgillaServer, host: str
) -> None:
    with pytest.raises(InvalidSettings, match=f"cannot listen on {host}"):
        replace(server, host=host).up()
    assert server.status().processes == NOTHING


def test_after_a_start_that_was_killed_in_the_middle_the_next_one_works(
    server: ArgillaServer,
) -> None:
    break_at(server, "prepare hangs")
    killed = up_in_a_process(server)
    preparing = server.home / "preparing"
    wait_for(lambda: preparing.exists() and preparing.read_text() != "")
    killed.kill()
    killed.wait()
    mend(server)
    assert server.up().url == server.address().url
    assert not is_running(int(preparing.read_text()))


@pytest.mark.parametrize("fault", ["prepare hangs", "serve hangs"])
def test_a_start_that_is_asked_to_end_takes_along_what_it_started(
    server: ArgillaServer, fault: str
) -> None:
    break_at(server, fault)
    started = up_in_a_process(server)
    wait_for(
        (server.home / "preparing").exists
        if "prepare" in fault
        else lambda: server.status().processes["server"] is not None
    )
    started.terminate()
    assert started.wait() == 128 + signal.SIGTERM
    assert server.status().processes == NOTHING
    assert not processes.stop(server.home, "prepare")


def test_a_start_that_is_broken_off_takes_along_what_it_started(server: ArgillaServer) -> None:
    def break_off(message: str) -> None:
        if message.startswith("starting Argilla"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(server, say=break_off).up()
    assert server.status().processes == NOTHING


def test_two_starts_at_once_make_one_server(server: ArgillaServer) -> None:
    said: list[str] = []
    saying = replace(server, say=said.append)
    with ThreadPoolExecutor(2) as pool:
        addresses = list(pool.map(lambda _: saying.up(), range(2)))
    assert addresses[0] == addresses[1] == server.address()
    assert sum(line.startswith("starting Argilla") for line in said) == 1
