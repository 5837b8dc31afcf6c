"""An object store that fails when a test says so: a proxy before the tests' own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from winnow.warehouse.settings import S3Settings

Mood = Literal["well", "forbids", "hangs up"]

_FORBIDDEN = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length"}


class StoreProxy:
    """Hands requests on to a store, or does what ails it."""

    def __init__(self, settings: S3Settings, port: int) -> None:
        self.upstream = str(settings.endpoint)
        self.settings = settings.model_copy(update={"endpoint": f"127.0.0.1:{port}"})
        self.mood: Mood = "well"
        """How it treats requests from now on."""


@contextmanager
def store_proxy(settings: S3Settings) -> Iterator[StoreProxy]:
    """Run a proxy before a store for as long as the block runs."""
    httpd = _Server(("127.0.0.1", 0), _Handler)
    httpd.proxy = StoreProxy(settings, httpd.server_address[1])
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield httpd.proxy
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    proxy: StoreProxy


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        mood = self.server.proxy.mood
        if mood == "hangs up":
            self.close_connection = True
            return
        body = self._body()
        if mood == "forbids":
            self._send(403, {"Content-Type": "application/xml"}, _FORBIDDEN)
            return
        upstream = HTTPConnection(self.server.proxy.upstream)
        try:
            upstream.request(self.command, self.path, body, dict(self.headers))
            answer = upstream.getresponse()
            headers = {k: v for k, v in answer.getheaders() if k.lower() not in _HOP_BY_HOP}
            length = answer.getheader("Content-Length")
            self._send(answer.status, headers, answer.read(), length)
        finally:
            upstream.close()

    do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("Expect", "").lower() == "100-continue":
            del self.headers["Expect"]
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _send(
        self, status: int, headers: dict[str, str], content: bytes, length: str | None = None
    ) -> None:
        is_head = self.command == "HEAD"
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", (length or "0") if is_head else str(len(content)))
        self.end_headers()
        if not is_head:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass
