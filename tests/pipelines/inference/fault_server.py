"""A local server that answers, fails, hangs and hangs up as a test says."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """What the server does with one call."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    hangs_up: bool = False
    raw: tuple[bytes | float, ...] = ()
    """Bytes that are sent as they are, and seconds between them; then the connection is closed."""


@dataclass
class Call:
    """One chat completion that was asked for."""

    body: dict[str, Any]
    headers: dict[str, str]
    at: float


Script = Callable[[int, dict[str, Any]], Reply]


class FaultServer:
    """Answers `GET /v1/models`, and chat completions by a script of (number of the call, body)."""

    def __init__(self, script: Script, port: int) -> None:
        self.script = script
        self.url = f"http://127.0.0.1:{port}/v1"
        self.calls: list[Call] = []
        self.paths: list[str] = []
        self.models = Reply(body={"data": [{"id": "m", "owned_by": "someone"}]})
        self.n_at_once = 0
        self.most_at_once = 0
        self.lock = threading.Lock()
        self.certificate: ssl.SSLContext | None = None
        """Speaks TLS with each client from now on."""


def said(text: str, **message: Any) -> Reply:
    """Answer a chat completion with a text."""
    choice = {"message": {"content": text, **message}, "finish_reason": "stop"}
    return Reply(body={"choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": 2}})


def error(status: int, message: str = "out of order", **headers: str) -> Reply:
    """Answer with an error as OpenAI's servers word it."""
    return Reply(status, {"error": {"message": message}}, dict(headers))


@contextmanager
def serving(script: Script) -> Iterator[FaultServer]:
    """Run a server by a script."""
    httpd = _Server(("127.0.0.1", 0), _Handler)
    httpd.faults = FaultServer(script, httpd.server_address[1])
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield httpd.faults
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def finish_request(self, request: Any, client_address: Any) -> None:
        try:
            if context := self.faults.certificate:
                request = context.wrap_socket(request, server_side=True)
            super().finish_request(request, client_address)
        except OSError:  # a client that does not trust the certificate, or speaks no TLS
            request.close()

    block_on_close = False
    request_queue_size = 128
    faults: FaultServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self.server.faults.paths.append(self.path)
        self._send(self.server.faults.models)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        faults = self.server.faults
        with faults.lock:
            number = len(faults.calls)
            faults.paths.append(self.path)
            faults.calls.append(Call(body, dict(self.headers), time.monotonic()))
            faults.n_at_once += 1
            faults.most_at_once = max(faults.most_at_once, faults.n_at_once)
        try:
            self._send(faults.script(number, body))
        except OSError:  # the client has had enough
            self.close_connection = True
        finally:
            with faults.lock:
                faults.n_at_once -= 1

    def _send(self, reply: Reply) -> None:
        time.sleep(reply.delay_s)
        if reply.hangs_up:
            self.close_connection = True
            return
        if reply.raw:
            self.close_connection = True
            for part in reply.raw:
                if isinstance(part, bytes):
                    self.wfile.write(part)
                else:
                    time.sleep(part)
            return
        content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        for name, value in {**reply.headers, "Content-Length": str(len(content))}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass
