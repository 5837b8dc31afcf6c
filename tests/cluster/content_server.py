"""A server in this process that answers by what it is asked alone, and knows which process asked."""

import hashlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psutil

_WORDS = ("grain", "chaff", "sieve", "mill", "sack", "wheat", "barley", "straw", "husk", "ear")
_LATENCY_S = 0.1
_COMES_WITHIN_S = 60.0


class ContentServer:
    """What was asked of it, how often, and by which processes of this machine."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self.asked: Counter[str] = Counter()
        self.by_process: dict[str, Counter[int]] = {"sample": Counter(), "judge": Counter()}
        """Requests of each kind by the process that asked."""

        self.lock = threading.Lock()
        self.n_processes = 1
        """Processes that have to ask before any request of a kind is answered, for `_COMES_WITHIN_S` at most: a worker that began a
        little earlier would do the work of all where there is so little of it."""

        self._have_come = threading.Condition(self.lock)
        self._at: dict[int, Callable[[], None]] = {}

    def at(self, n: int, act: Callable[[], None]) -> threading.Event:
        """Do something, once, when so many requests were asked from now on, beside the answers; the event tells that it is done."""
        is_done = threading.Event()

        def do() -> None:
            act()
            is_done.set()

        with self.lock:
            self._at[self.asked.total() + n] = do
        return is_done

    @property
    def askers(self) -> set[int]:
        """Processes that asked anything."""
        return {pid for asked_by in self.by_process.values() for pid in asked_by}

    @property
    def n_twice(self) -> int:
        """Requests beyond the first of each content."""
        return self.asked.total() - len(self.asked)

    def note(self, body: bytes, pid: int | None) -> None:
        """Count a request, and wait until as many processes ask as are to."""
        with self.lock:
            self.asked[hashlib.sha256(body).hexdigest()] += 1
            asked_by = self.by_process["judge" if b'"response_format"' in body else "sample"]
            if pid is not None:
                asked_by[pid] += 1
            act = self._at.pop(self.asked.total(), None)
            self._have_come.notify_all()
            if self.n_processes > 1:
                self._have_come.wait_for(
                    lambda: len(asked_by) >= self.n_processes, timeout=_COMES_WITHIN_S
                )
        if act is not None:
            threading.Thread(target=act).start()


@contextmanager
def content_server() -> Iterator[ContentServer]:
    """Serve for as long as the block runs."""
    httpd = _Server(("127.0.0.1", 0), _Handler)
    httpd.content = ContentServer(httpd.server_address[1])
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield httpd.content
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def answer_to(body: dict[str, Any]) -> str:
    """Answer by the content: a judge prefers the response of the larger hash, in whichever place; all else fits its schema."""
    page = body["messages"][-1]["content"]
    if "response_format" not in body:
        digest = hashlib.sha256(json.dumps([body["messages"], body.get("seed")]).encode()).digest()
        return " ".join(_WORDS[byte % len(_WORDS)] for byte in digest[:12]) + "."
    wanted = body["response_format"]["json_schema"]["schema"]["properties"]
    if set(wanted) != {"critique", "verdict"} or not re.search(r"<second-\w+>", page):
        return json.dumps(_fitting(wanted, body["messages"]))
    first, second = (
        hashlib.sha256(re.findall(rf"<{place}-\w+>\n(.*?)\n</{place}-", page, re.DOTALL)[-1].encode())
        .hexdigest()
        for place in ("first", "second")
    )  # fmt: skip
    verdict = "tie" if first == second else "first" if first > second else "second"
    return json.dumps({"critique": "the heavier sack", "verdict": verdict})


def _fitting(wanted: dict[str, Any], messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Fill in a schema by what was asked; a quote is a word of the response shown first."""
    digest = hashlib.sha256(json.dumps(messages).encode()).digest()
    said: dict[str, Any] = {}
    for byte, (name, kind) in zip(digest, wanted.items(), strict=False):
        if "enum" in kind:
            said[name] = kind["enum"][byte % len(kind["enum"])]
        else:
            word = _WORDS[byte % len(_WORDS)]
            said[name] = [word] if kind["type"] == "array" else word
    if "quote" in said:
        shown = re.findall(rf"<{said['of']}-\w+>\n(.*?)\n</", messages[-1]["content"], re.DOTALL)
        words = shown[-1].split()
        said["quote"] = words[digest[-1] % len(words)]
    return said


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    content: ContentServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Workers that are killed hang up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    _pid: int | None = None

    def do_GET(self) -> None:
        self._send({"data": [{"id": "m", "owned_by": "someone"}]})

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        content = self.rfile.read(length)
        if len(content) < length:  # whoever asked was killed while it did
            self.close_connection = True
            return
        self._pid = self._pid or _process_at(self.client_address[1], self.server.server_port)
        self.server.content.note(content, self._pid)
        time.sleep(_LATENCY_S)
        text = answer_to(json.loads(content))
        choice = {"message": {"content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 9, "completion_tokens": 12}
        self._send({"choices": [choice], "usage": usage})

    def _send(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        try:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:  # whoever asked is gone
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


def _process_at(port: int, server_port: int) -> int | None:
    """Find the process that has the other end of a connection to the server, by the port of that end."""
    ends = ((c.laddr, c.raddr, c.pid) for c in psutil.net_connections(kind="tcp4"))
    found = (
        pid
        for here, there, pid in ends
        if here and there and (here.port, there.port) == (port, server_port)
    )
    return next((pid for pid in found if pid), None)
