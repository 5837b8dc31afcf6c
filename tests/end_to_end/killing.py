"""Runs of the command, and the server that they ask, as processes that can be killed at any moment.

They are forked from one process that has imported all of it, so that a kill costs what it breaks off, and no start of Python.
"""

import hashlib
import json
import multiprocessing
import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.process import BaseProcess
from pathlib import Path
from signal import SIGKILL
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest

from tests.cluster.content_server import answer_to
from winnow.pipelines import local_workers

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.end_to_end.preloaded"])
_LOOKS_EVERY_S = 0.005


class Run:
    """A run of the command, forked."""

    def __init__(self, arguments: list[str], environment: dict[str, str], out: Path) -> None:
        self.out = out
        self.process = _forked(_run, arguments, environment, out)

    def kill(self) -> None:
        """Kill it; it must be alive."""
        assert self.process.pid
        kill(self.process.pid)
        self.process.join()
        assert self.process.exitcode == -SIGKILL

    def is_over_within(self, seconds: float) -> bool:
        """Wait so long at most for its end."""
        self.process.join(seconds)
        return not self.process.is_alive()

    def comes_to(self, what: Callable[["Run"], object]) -> bool:
        """Wait for something to be so while the run lives; tells whether it came."""
        while self.process.is_alive():
            if what(self):
                return True
            time.sleep(_LOOKS_EVERY_S)
        return False

    def end(self) -> None:
        """Wait for its end, which must be a good one."""
        self.process.join()
        assert self.process.exitcode == 0, self.out.read_text()

    def workers(self) -> list[int]:
        """List the Beam workers that live."""
        assert self.process.pid
        try:
            found = psutil.Process(self.process.pid).children(recursive=True)
            return [one.pid for one in found if local_workers.__name__ in one.cmdline()]
        except psutil.NoSuchProcess:
            return []


class KillableServer:
    """A model behind a server that answers by content alone; what it was asked outlives it, in a file."""

    def __init__(self, asked: Path, latency_s: float) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self._port}/v1"
        self._asked, self._latency_s = asked, latency_s
        asked.touch()
        self.start()

    def start(self) -> None:
        """Start it, or start it again after it was killed."""
        self.process = _forked(_serve, self._port, self._asked, self._latency_s)
        while True:
            try:
                with urlopen(f"{self.url}/models", timeout=5):
                    return
            except (URLError, ConnectionError):
                time.sleep(_LOOKS_EVERY_S)

    def kill(self) -> None:
        """Kill it; it must be alive."""
        assert self.process.pid
        kill(self.process.pid)
        self.process.join()
        assert self.process.exitcode == -SIGKILL

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.join()

    def asked(self) -> Counter[str]:
        """Count how often each content was asked."""
        return Counter(self._asked.read_text().split())

    def n_asked(self) -> int:
        """Count the requests."""
        return self._asked.stat().st_size // (2 * hashlib.sha256().digest_size + 1)


def kill(pid: int) -> None:
    """Kill a process that lives."""
    assert psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    os.kill(pid, SIGKILL)


def preload(environment: dict[str, str]) -> None:
    """Start the process that others are forked from; what it imports reads this environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        _forked(int).join()


def _forked(function: Callable[..., None], *arguments: object) -> BaseProcess:
    process = _FORKING.Process(target=function, args=arguments)
    process.start()
    return process


def _run(arguments: list[str], environment: dict[str, str], out: Path) -> None:
    from winnow.flows.__main__ import main

    os.environ.clear()
    os.environ.update(environment)
    with out.open("ab") as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
    sys.argv = ["winnow", *arguments]
    main()


def _serve(port: int, asked: Path, latency_s: float) -> None:
    _Handler.latency_s = latency_s
    _Handler.asked = os.open(asked, os.O_WRONLY | os.O_APPEND)
    _Server(("127.0.0.1", port), _Handler).serve_forever()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Runs that are killed hang up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: int
    latency_s: float

    def do_GET(self) -> None:
        self._send({"data": [{"id": "m", "owned_by": "someone"}]})

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        content = self.rfile.read(length)
        if len(content) < length:  # whoever asked was killed while it did
            self.close_connection = True
            return
        os.write(self.asked, hashlib.sha256(content).hexdigest().encode() + b"\n")
        time.sleep(self.latency_s)
        choice = {"message": {"content": answer_to(json.loads(content))}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 9, "completion_tokens": 12}
        self._send({"choices": [choice], "usage": usage})

    def _send(self, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass
