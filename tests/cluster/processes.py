"""Processes of a cluster on this machine: started with a log each, waited for, and stopped one by one."""

import ctypes
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

STORE_KEYS = {"AWS_ACCESS_KEY_ID": "toy", "AWS_SECRET_ACCESS_KEY": "toy"}
"""Keys of the tests' object store, as workers have them in their environment."""

_PR_SET_PDEATHSIG = 1
_START_S = 120.0
_STOP_S = 15.0


def free_port() -> int:
    """Find a port of the loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Tell whether somebody listens at a port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _end_with_parent() -> None:
    """Have the kernel end this process where the tests are killed and close nothing."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Processes:
    """What a cluster is made of, by name; none is left when it is closed.

    Each has a folder of its own, which is its home and where it works and puts what is temporary, as on a machine of its own.
    """

    def __init__(self, logs: Path, environment: dict[str, str]) -> None:
        logs.mkdir()
        self._logs = logs
        self._environment = {**os.environ, **STORE_KEYS, **environment}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a process in a session of its own; what it prints goes into its log."""
        own = self._logs / name
        own.mkdir(exist_ok=True)
        folders = dict.fromkeys(("HOME", "TMPDIR"), str(own))
        # The kernel would end it with the thread that starts it.
        is_main = threading.current_thread() is threading.main_thread()
        with (self._logs / f"{name}.log").open("wb") as log:
            self._running[name] = subprocess.Popen(
                command,
                env={**self._environment, **folders},
                cwd=own,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_parent if is_main else None,
            )

    def pid(self, name: str) -> int:
        """Give the number of a process."""
        return self._running[name].pid

    def kill(self, name: str) -> None:
        """Kill a process at once, and whatever it started."""
        process = self._running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def wait_until(self, what: str, is_true: object, *names: str) -> None:
        """Wait until something is true, for as long as the processes named live.

        Args:
            what: What is waited for, for people.
            is_true: Called again and again.
            names: Processes without which it cannot become true.
        """
        assert callable(is_true)
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            if is_true():
                return
            if ended := [n for n in names if self._running[n].poll() is not None]:
                pytest.fail(f"{ended[0]} ended before {what}:\n{self.end_of_log(ended[0])}")
            time.sleep(0.2)
        pytest.fail(
            f"not within {_START_S:.0f} s: {what}\n" + "\n".join(map(self.end_of_log, names))
        )

    def end_of_log(self, name: str) -> str:
        """Give the last lines that a process wrote."""
        lines = (self._logs / f"{name}.log").read_text("utf-8", "replace").splitlines()
        return "\n".join(lines[-15:])

    def close(self) -> None:
        """Stop them, the last one first."""
        for name in reversed(list(self._running)):
            process = self._running.pop(name)
            if process.poll() is not None:
                continue
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
