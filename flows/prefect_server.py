"""A Prefect server for one run, where none is configured."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from flows.prefect_address import check_prefect_api
from flows.prefect_home import last_lines, new_log, only_starter
from flows.redacting import redact_output
from schemas.errors import TransientError
from schemas.proxies import spare_loopback

_PR_SET_PDEATHSIG = 1
_SERVER_ENVIRONMENT = {
    "PREFECT_UI_ENABLED": "0",
    "PREFECT__SERVER_EPHEMERAL": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "0",
    # Our terminal is kept quiet; the server's log is to say what goes wrong.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "WARNING",
}


@contextmanager
def prefect_server(*, timeout_s: float = 120) -> Iterator[str]:
    """Give the address of a Prefect API: the configured one, else a temporary server's.

    Prefect can start a temporary server itself, but leaves it running where the run is killed. This one is told
    by the kernel when the run is gone, however it ends. It keeps its history in Prefect's own database, so
    `prefect server start` shows past runs. It is reached without a proxy, and nothing that is logged to it shows a
    secret.

    Args:
        timeout_s: How long the server may take to answer.

    Raises:
        InvalidSettings: The configured API does not answer as one, Prefect's folder cannot be written, or a variable
            of a proxy cannot be read.
        TransientError: The server ended or did not answer in time; the end of its log is in the text.
    """
    import prefect
    from prefect.logging.handlers import APILogHandler
    from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

    redact_output()
    spare_loopback()
    if configured := PREFECT_API_URL.value():
        check_prefect_api(configured)
        yield configured
        return
    with ExitStack() as stack:
        with only_starter(PREFECT_HOME.value(), prefect.__version__):
            address = f"http://127.0.0.1:{_free_port()}"
            log = new_log(PREFECT_HOME.value())
            process = _start(address, log)
            stack.callback(_stop, process)
            _wait(process, address, log, timeout_s)
        with temporary_settings({PREFECT_API_URL: f"{address}/api"}):
            try:
                yield f"{address}/api"
            finally:
                APILogHandler().flush()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _start(address: str, log: Path) -> subprocess.Popen[bytes]:
    import prefect

    libc = ctypes.CDLL(None, use_errno=True)
    command = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
    command += ["--app-dir", str(Path(prefect.__file__).parent), "--host", "127.0.0.1"]
    command += ["--port", address.rsplit(":", 1)[1], "--log-level", "warning"]
    with log.open("wb") as file:
        return subprocess.Popen(
            command,
            env={**os.environ, **_SERVER_ENVIRONMENT},
            stdout=file,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM),
        )


def _wait(process: subprocess.Popen[bytes], address: str, log: Path, timeout_s: float) -> None:
    end = time.monotonic() + timeout_s
    with httpx.Client(trust_env=False) as client:
        while process.poll() is None and time.monotonic() < end:
            try:
                if client.get(f"{address}/api/health").is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
    state = (
        f"ended with status {process.returncode}"
        if process.poll() is not None
        else f"did not answer within {timeout_s:g} s"
    )
    said = last_lines(log)
    raise TransientError(
        f"the temporary Prefect server {state}{f': {said}' if said else ''}; its log is {log}; start one by hand with "
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
