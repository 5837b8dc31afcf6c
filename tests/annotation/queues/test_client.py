from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from winnow.annotation.argilla.server import Address
from winnow.annotation.queues.client import Client
from winnow.schemas.errors import ArgillaUnavailable

USERS = b'{"items": [{"id": "1", "username": "ann"}]}'
SPACE = b'{"items": []}'


@contextmanager
def overloaded(statuses: Sequence[int]) -> Iterator[tuple[str, list[str]]]:
    """Serve these statuses in turn, then 200; gives the address and what was asked."""
    left, asked = iter(statuses), list[str]()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_response(next(left, 200))
            self.end_headers()
            self.wfile.write(USERS if self.path.endswith("users") else SPACE)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def connect(url: str) -> Client:
    return Client(Address(url, "key"), first_pause_s=0.01)


def test_what_an_overloaded_server_only_looks_up_is_asked_for_again() -> None:
    with overloaded([500, 503, 500, 504]) as (url, asked), connect(url) as client:
        assert client.accounts() == {"1": "ann"}
        assert len(asked) == 5


def test_a_server_that_stays_overloaded_is_given_up_with_its_last_words() -> None:
    with (
        overloaded([500] * 9) as (url, asked),
        connect(url) as client,
        pytest.raises(ArgillaUnavailable, match=r"broke off while asking: HTTP 500 .*ann"),
    ):
        client.accounts()
    assert len(asked) == 5


def test_what_changes_something_is_sent_once() -> None:
    with overloaded([200, 503]) as (url, asked), connect(url) as client:
        with pytest.raises(ArgillaUnavailable, match="HTTP 503"):
            client.ensure_workspace("space")
        assert asked == ["GET /api/v1/me/workspaces", "POST /api/v1/workspaces"]


def test_a_server_that_is_gone_is_asked_once() -> None:
    with overloaded([]) as (url, _):
        pass
    with (
        Client(Address(url, "key"), first_pause_s=1e6) as client,
        pytest.raises(ArgillaUnavailable, match="refused"),
    ):
        client.accounts()
