"""A Prefect server for one run, where none is configured: it starts while the run still imports and reads."""

import ctypes
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from winnow.flows.prefect.address import check_prefect_api
from winnow.flows.prefect.home import last_lines
from winnow.flows.redacting import redact_output
from winnow.schemas.child_processes import running
from winnow.schemas.errors import InvalidSettings, TransientError
from winnow.schemas.proxies import spare_loopback

_PR_SET_PDEATHSIG = 1


class StartingServer:
    """A Prefect API that may still be on its way up."""

    def __init__(self, address: str, process: "subprocess.Popen[str] | None") -> None:
        self._address = address
        self._process = process

    @property
    def is_awaited(self) -> bool:
        """Whether a server of our own does not answer yet."""
        process = self._process
        return process is not None and process.poll() is None and not self._answers()

    @contextmanager
    def reached(self, *, timeout_s: float = 120) -> Iterator[str]:
        """Wait until it answers, and have flows report to it; one of our own is told to end when they have.

        Args:
            timeout_s: How long the server may take to answer.

        Raises:
            InvalidSettings: The configured API does not answer as one, Prefect's folder cannot be written, or a
                variable of a proxy cannot be read.
            TransientError: The server ended or did not answer in time; the end of its log is in the text.
        """
        from prefect.logging.handlers import APILogHandler
        from prefect.settings import PREFECT_API_URL, temporary_settings

        redact_output()
        spare_loopback()
        if configured := PREFECT_API_URL.value():
            check_prefect_api(configured)
            yield configured
            return
        assert self._process is not None, "Prefect is there, and no API of it was configured"
        _wait(self._process, self._answers, timeout_s)
        with temporary_settings({PREFECT_API_URL: f"{self._address}/api"}):
            try:
                yield f"{self._address}/api"
            finally:
                APILogHandler().flush()
                self._process.terminate()

    def _answers(self) -> bool:
        # It is asked often, and without certificates, which take longer to read than an answer takes.
        with httpx.Client(trust_env=False, verify=False) as client:
            try:
                return client.get(f"{self._address}/api/health").is_success
            except httpx.TransportError:
                return False


@contextmanager
def starting_server() -> Iterator[StartingServer]:
    """Start a temporary Prefect server, unless an API is configured, and wait at the end until it is gone.

    Prefect can start a temporary server itself, but leaves it running where the run is killed. This one is told
    by the kernel when the run is gone, however it ends. It keeps its history in Prefect's own database, so
    `prefect server start` shows past runs. It is reached without a proxy, and nothing that is logged to it shows a
    secret.
    """
    if _is_configured() or importlib.util.find_spec("prefect") is None:
        yield StartingServer("", None)
        return
    port = _free_port()
    process = _start(port)
    try:
        yield StartingServer(f"http://127.0.0.1:{port}", process)
    finally:
        _stop(process)


@contextmanager
def prefect_server(*, timeout_s: float = 120) -> Iterator[str]:
    """Yield the address of a Prefect API: the configured one, else that of a temporary server, once it answers.

    Args:
        timeout_s: How long the server may take to answer.

    Raises:
        InvalidSettings: As `StartingServer.reached`.
        TransientError: As there.
    """
    with starting_server() as server, server.reached(timeout_s=timeout_s) as address:
        yield address


def _is_configured() -> bool:
    """Tell whether an API is configured, as far as can be told without the seconds that importing Prefect takes.

    The server's own process finds out about the rest, such as Prefect's profiles, and ends at once.
    """
    if "prefect" not in sys.modules:
        return bool(os.environ.get("PREFECT_API_URL"))
    from prefect.settings import PREFECT_API_URL

    return bool(PREFECT_API_URL.value())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _start(port: int) -> "subprocess.Popen[str]":
    libc = ctypes.CDLL(None, use_errno=True)
    return subprocess.Popen(
        **running("winnow.flows.prefect.process", str(port)),
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM),
    )


def _wait(process: "subprocess.Popen[str]", answers: Callable[[], bool], timeout_s: float) -> None:
    assert process.stdout is not None
    said = json.loads(process.stdout.readline() or "{}")
    if "refused" in said:
        raise InvalidSettings(said["refused"], **said["facts"])
    end = time.monotonic() + timeout_s
    while process.poll() is None and time.monotonic() < end:
        if answers():
            return
        time.sleep(0.05)
    state = (
        f"ended with status {process.returncode}"
        if process.poll() is not None
        else f"did not answer within {timeout_s:g} s"
    )
    log = said.get("log")
    why = last_lines(Path(log)) if log else ""
    raise TransientError(
        f"the temporary Prefect server {state}{f': {why}' if why else ''}"
        f"{f'; its log is {log}' if log else ''}; start one by hand with "
        "`prefect server start` and set PREFECT_API_URL=http://127.0.0.1:4200/api",
        log=log,
    )


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
