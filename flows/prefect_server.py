"""A Prefect server for one run, where none is configured."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from schemas.errors import TransientError

_PR_SET_PDEATHSIG = 1
_SERVER_ENVIRONMENT = {
    "PREFECT_UI_ENABLED": "0",
    "PREFECT__SERVER_EPHEMERAL": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "0",
}


@contextmanager
def prefect_server(*, timeout_s: float = 120) -> Iterator[str]:
    """Give the address of a Prefect API: the configured one, else a temporary server's.

    Prefect can start a temporary server itself, but leaves it running where the run is killed. This one is told
    by the kernel when the run is gone, however it ends. It keeps its history in Prefect's own database, so
    `prefect server start` shows past runs.

    Args:
        timeout_s: How long the server may take to answer.

    Raises:
        TransientError: The server ended or did not answer in time; the end of its log is in the text.
    """
    from prefect.logging.handlers import APILogHandler
    from prefect.settings import PREFECT_API_URL, temporary_settings

    if configured := PREFECT_API_URL.value():
        yield configured
        return
    address = f"http://127.0.0.1:{_free_port()}"
    process = _start(address)
    try:
        _wait(process, address, timeout_s)
        with temporary_settings({PREFECT_API_URL: f"{address}/api"}):
            try:
                yield f"{address}/api"
            finally:
                APILogHandler().flush()
    finally:
        _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _start(address: str) -> subprocess.Popen[bytes]:
    import prefect
    from prefect.settings import PREFECT_HOME

    home = PREFECT_HOME.value()
    home.mkdir(parents=True, exist_ok=True)
    log = (home / "winnow-server.log").open("wb")
    libc = ctypes.CDLL(None, use_errno=True)
    command = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
    command += ["--app-dir", str(Path(prefect.__file__).parent), "--host", "127.0.0.1"]
    command += ["--port", address.rsplit(":", 1)[1], "--log-level", "error"]
    return subprocess.Popen(
        command,
        env={**os.environ, **_SERVER_ENVIRONMENT},
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C in the terminal is the run's to hear: it has still to say how it ended
        preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM),
    )


def _wait(process: subprocess.Popen[bytes], address: str, timeout_s: float) -> None:
    from prefect.settings import PREFECT_HOME

    end = time.monotonic() + timeout_s
    with httpx.Client() as client:
        while process.poll() is None and time.monotonic() < end:
            try:
                if client.get(f"{address}/api/health").is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
    log = PREFECT_HOME.value() / "winnow-server.log"
    state = (
        f"ended with status {process.returncode}"
        if process.poll() is not None
        else "did not answer"
    )
    raise TransientError(
        f"the temporary Prefect server {state} within {timeout_s:g} s; its log is {log}; start one by hand with "
        "`prefect server start` and set PREFECT_API_URL=http://127.0.0.1:4200/api",
        log=str(log),
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
