import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from winnow.flows.prefect.address import check_prefect_api
from winnow.schemas.errors import InvalidSettings


class Other(BaseHTTPRequestHandler):
    """Some other service: a page at /, a refusal at /closed, nothing elsewhere."""

    def do_GET(self) -> None:
        status = {"/page/health": 200, "/closed/health": 401}.get(self.path, 404)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b"<html>\n<b>Welcome</b>")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def other() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def problem(address: str) -> str:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: address}), pytest.raises(InvalidSettings) as refused:
        check_prefect_api(address)
    text = str(refused.value)
    assert text.startswith(f"PREFECT_API_URL is {address}, ")
    assert "\n" not in text
    return text


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:4200/api", "http://", "http://h:port"])
def test_what_is_no_address_is_said(address: str) -> None:
    assert "which is no address, such as http://127.0.0.1:4200/api" in problem(address)


def test_a_server_that_is_not_there_is_said() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}/api"
        said = problem(address)
    assert "where no Prefect answers ([Errno 111] Connection refused)" in said
    assert said.endswith(
        "start it (prefect server start) or unset PREFECT_API_URL: a run then starts a server of its own"
    )


def test_another_service_is_said(other: str) -> None:
    assert (
        "something else than Prefect's API answers (HTTP 200: <html> <b>Welcome</b>); correct it, as it usually ends in /api"
        in problem(f"{other}/page")
    )
    assert "(HTTP 404: <html>" in problem(f"{other}/api")


def test_a_key_that_is_refused_is_said(other: str) -> None:
    assert "which refuses the key (HTTP 401); set PREFECT_API_KEY" in problem(f"{other}/closed")


def test_a_prefect_that_is_well_is_used(prefect_api: str) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: prefect_api}):
        check_prefect_api(prefect_api)
