"""What a run makes of servers that answer oddly: where nothing has passed, and where others pass."""

import datetime
import gzip
import re
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.inference.asking import ask
from tests.pipelines.inference.fault_server import FaultServer, Reply, error, said, serving
from winnow.pipelines.inference import endpoints, exchange, vigil
from winnow.pipelines.inference.models import ModelRef, OpenAIModel
from winnow.pipelines.inference.notices import Notice
from winnow.pipelines.inference.openai_engine import OpenAIEngine
from winnow.pipelines.inference.requests import Completion, Failure, Result
from winnow.schemas.errors import (
    CurationError,
    EndpointRefuses,
    EndpointUnavailable,
    InvalidSettings,
)

PAGE = Reply(body=b"<html><title>Welcome</title></html>", headers={"Content-Type": "text/html"})
WALL = Reply(403, b"<!doctype html><h1>Blocked</h1>", {"Content-Type": "text/html"})
GOOD = said("grain")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BODY = b'{"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}]}'
DRIP: tuple[bytes | float, ...] = (
    HEAD + b"Content-Length: 900\r\n\r\n",
    *(part for _ in range(40) for part in (b" ", 0.1)),
)

ODD = {
    "400": error(400, "bad schema"),
    "401": error(401, "no such key"),
    "402": error(402, "Insufficient balance"),
    "403": error(403, "flagged"),
    "403 page": WALL,
    "404": error(404, "no model m"),
    "405": Reply(405, b""),
    "413": error(413, "too large"),
    "422": error(422, "field required"),
    "451": error(451, "by law"),
    "redirect": Reply(301, b"", {"Location": "/login"}),
    "page": PAGE,
    "empty": Reply(body=b""),
    "bad gzip": Reply(body=GOOD.body, headers={"Content-Encoding": "gzip"}),
    "no UTF-8": Reply(body=b'{"choices": "\xff\xfe"}'),
    "quota": Reply(429, {"error": {"message": "see billing", "code": "insufficient_quota"}}),
    "tomorrow": error(429, "slow down", Retry_After="86400"),
    "500": error(500, "assertion failed"),
    "503": error(503, "loading model"),
    "hangs up": Reply(hangs_up=True),
    "short body": Reply(raw=(HEAD + b"Content-Length: 900\r\n\r\n" + BODY,)),
    "bad chunks": Reply(raw=(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + BODY,)),
    "no HTTP": Reply(raw=(b"SSH-2.0-OpenSSH_9.6\r\n\r\n",)),
    "drips": Reply(raw=DRIP),
    "silent": Reply(delay_s=4.0, body=GOOD.body),
}
HASTE = {"timeout_s": 1.0, "deadline_s": 2.5, "max_backoff_s": 0.05}
REST = {"timeout_s": 30.0, "deadline_s": 60.0, "max_backoff_s": 0.05}
WAITED_FOR = {"503", "drips", "silent"}
FEW = 4
"""Three tries, and one more where all others were answered before the first of them failed."""


class Asked:
    """What came of asking some requests, and how often each was asked."""

    def __init__(self, server: FaultServer, n: int, **fields: Any) -> None:
        settings = OpenAIModel.model_validate({"model": "m", "urls": [server.url], **fields})
        model = ModelRef(name="far", model="m", revision=None, path="m", settings=settings)
        self.arrived: list[Result] = []
        self.told: list[Notice | None] = []
        self.error: CurationError | None = None
        requests = [ask(model, f"q{i}") for i in range(n)]
        try:
            OpenAIEngine(model, settings).complete(requests, self.arrived.append, self.told.append)
        except CurationError as error:
            self.error = error
        self.n_asked = Counter(c.body["messages"][0]["content"] for c in server.calls)

    @property
    def failures(self) -> list[Failure]:
        return [r for r in self.arrived if isinstance(r, Failure)]

    @property
    def most_asked(self) -> int:
        """How often the request was asked that was asked most, harmless ones left aside."""
        return max(n for text, n in self.n_asked.items() if text.startswith("q"))


@pytest.mark.parametrize(
    ("name", "ended", "words", "most_asked"),
    [
        ("400", "failed", "status 400: bad schema", 1),
        ("401", "refused", "status 401: no such key; set the environment variable that", 1),
        ("402", "refused", "status 402: Insufficient balance; top up the account", 1),
        ("403", "refused", "status 403: flagged; set the environment variable that", 1),
        ("403 page", "refused", "status 403: a web page: Blocked; set the", 1),
        ("404", "refused", "status 404: no model m; correct model and urls", 1),
        ("405", "refused", "status 405: an empty reply; correct urls", 1),
        ("413", "failed", "status 413: too large", 1),
        ("422", "failed", "status 422: field required", 1),
        ("451", "failed", "status 451: by law", 1),
        ("redirect", "refused", "a redirect to /login; correct urls", 1),
        ("page", "refused", "a web page: Welcome; correct urls; an address usually ends in /v1", 1),
        ("empty", "refused", "status 200: an empty reply", 1),
        ("bad gzip", "refused", "a body that cannot be decoded", 1),
        ("no UTF-8", "refused", "no JSON", 1),
        ("quota", "refused", "status 429: see billing; top up the account", 1),
        (
            "tomorrow",
            "refused",
            "wants to be asked again in 86,400 s, which is past the deadline",
            1,
        ),
        ("500", "unavailable", "for 2.5 s, last: {url} status 500: assertion failed", 9),
        ("503", "unavailable", "last: {url} status 503: loading model", 99),
        ("hangs up", "unavailable", "last: {url} RemoteProtocolError", 9),
        ("short body", "failed", "3 tries failed, the last with", 3),
        ("bad chunks", "failed", "3 tries failed, the last with", 3),
        ("no HTTP", "refused", "no HTTP: illegal status line", 1),
        ("drips", "unavailable", "no whole answer within", 3),
        ("silent", "unavailable", "raise timeout_s and deadline_s", 3),
    ],
)
def test_where_nothing_passes_a_run_stops_fails_or_waits_to_its_deadline(
    name: str, ended: str, words: str, most_asked: int
) -> None:
    with serving(lambda n, body: ODD[name]) as server:
        asked = Asked(server, 3, **(HASTE if ended == "unavailable" else REST))
    kinds = {"refused": EndpointRefuses, "unavailable": EndpointUnavailable, "failed": type(None)}
    assert type(asked.error) is kinds[ended]
    said = [f.detail for f in asked.failures] if asked.error is None else [str(asked.error)]
    assert [line for line in said if words.format(url=server.url) not in line] == []
    assert asked.most_asked <= most_asked
    assert len(asked.failures) == (3 if ended == "failed" else 0)


@pytest.mark.parametrize(
    ("name", "ended", "words", "most_asked"),
    [
        ("400", "refused", "status 400: bad schema", 1),
        ("401", "engine_error", "status 401: no such key", FEW),
        ("402", "stopped", "status 402: Insufficient balance", 1),
        ("403", "refused", "status 403: flagged", 1),
        ("403 page", "refused", "status 403: a web page: Blocked", 1),
        ("404", "refused", "status 404: no model m", 1),
        ("405", "refused", "status 405", 1),
        ("413", "refused", "status 413: too large", 1),
        ("422", "refused", "status 422: field required", 1),
        ("451", "refused", "status 451: by law", 1),
        ("redirect", "refused", "status 301", 1),
        ("page", "refused", "status 200: a web page: Welcome", 1),
        ("empty", "refused", "status 200: an empty reply", 1),
        ("bad gzip", "refused", "status 200: a body that cannot be decoded", 1),
        ("no UTF-8", "refused", "status 200: no JSON", 1),
        ("quota", "stopped", "status 429: see billing", 1),
        ("tomorrow", "stopped", "86,400 s", 1),
        ("500", "engine_error", "status 500: assertion failed", FEW),
        ("503", "engine_error", "status 503: loading model", 99),
        ("hangs up", "engine_error", "RemoteProtocolError", FEW),
        ("short body", "engine_error", "RemoteProtocolError", FEW),
        ("bad chunks", "engine_error", "RemoteProtocolError", FEW),
        ("no HTTP", "engine_error", "no HTTP", FEW),
        ("drips", "engine_error", "no whole answer within", FEW),
        ("silent", "engine_error", "no whole answer within", FEW),
    ],
)
def test_what_one_request_meets_is_no_loss_to_those_that_pass(
    name: str, ended: str, words: str, most_asked: int
) -> None:
    def script(n: int, body: dict[str, Any]) -> Reply:
        return ODD[name] if body["messages"][0]["content"] == "q0" else GOOD

    with serving(script) as server:
        asked = Asked(server, 8, max_concurrency=2, **(HASTE if name in WAITED_FOR else REST))
    if ended == "stopped":
        assert isinstance(asked.error, EndpointRefuses)
        assert words in str(asked.error)
        assert asked.failures == []
    else:
        assert asked.error is None
        (failure,) = asked.failures
        assert failure.reason == ended
        assert words in failure.detail
        assert len(asked.arrived) == 8
    assert asked.most_asked <= most_asked


@pytest.mark.parametrize("n", [1, 2])
def test_flagged_requests_that_are_all_there_is_to_ask_stop_no_run(n: int) -> None:
    def script(_: int, body: dict[str, Any]) -> Reply:
        is_flagged = body["messages"][0]["content"].startswith("q")
        return error(403, "flagged") if is_flagged else GOOD

    with serving(script) as server:
        asked = Asked(server, n, **REST)
        assert len(server.calls) == n + 1
    assert [f.detail for f in asked.failures] == ["status 403: flagged"] * n


def test_flagged_requests_side_by_side_stop_no_run_whose_others_pass() -> None:
    def script(n: int, body: dict[str, Any]) -> Reply:
        is_flagged = body["messages"][0]["content"] in ("q0", "q1", "q2", "q3")
        return error(403, "flagged") if is_flagged else GOOD

    with serving(script) as server:
        asked = Asked(server, 8, max_concurrency=4, **REST)
    assert asked.error is None
    assert len(asked.failures) == 4
    assert asked.most_asked == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_ends_half_way_stops_the_run_and_keeps_what_is_paid(status: int) -> None:
    with serving(lambda n, body: GOOD if n < 20 else error(status, "key expired")) as server:
        asked = Asked(server, 60, max_concurrency=4, **REST)
    assert isinstance(asked.error, EndpointRefuses)
    assert "key expired" in str(asked.error)
    assert len([r for r in asked.arrived if isinstance(r, Completion)]) == 20
    assert len(server.calls) <= 20 + 16


def test_answers_in_flight_when_the_money_ends_are_kept() -> None:
    def script(n: int, body: dict[str, Any]) -> Reply:
        text = body["messages"][0]["content"]
        return error(402, "empty") if text == "q0" else Reply(body=GOOD.body, delay_s=0.5)

    with serving(script) as server:
        asked = Asked(server, 30, max_concurrency=6, **REST)
    assert isinstance(asked.error, EndpointRefuses)
    assert len(asked.arrived) == 5
    assert len(server.calls) == 6
    told = [notice.text for notice in asked.told if notice]
    assert "for 5 answers in flight, at most 20 s, then the run stops" in told


def test_a_server_that_loads_is_waited_for_and_named_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vigil, "_SAID_AFTER_S", 0.2)

    def script(n: int, body: dict[str, Any]) -> Reply:
        return error(503, "loading model") if n < 5 else GOOD

    with serving(script) as server:
        server.models = error(503, "loading model")
        asked = Asked(server, 1, **{**REST, "max_backoff_s": 2.0})
    assert asked.error is None
    lines = [notice.text for notice in asked.told if notice]
    assert lines[0].startswith(f"for {server.url} status 503: loading model, ")
    assert lines[0].endswith(" s so far, at most 60 s")


def test_an_outage_half_way_costs_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "_LONGEST_REST_S", 0.05)
    with serving(lambda n, body: error(500) if 4 <= n < 20 else GOOD) as server:
        asked = Asked(server, 12, max_concurrency=4, **REST)
    assert asked.error is None
    assert asked.failures == []


def test_the_end_of_an_outage_condemns_nobody_who_failed_all_through_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(endpoints, "_LONGEST_REST_S", 0.05)
    with serving(lambda n, body: error(500) if n < 3 else GOOD) as server:
        asked = Asked(server, 1, **REST)
    assert asked.error is None
    assert asked.failures == []
    texts = [call.body["messages"][0]["content"] for call in server.calls]
    assert texts == ["q0", "q0", "q0", "Say yes.", "q0"]


def test_slow_answers_are_waited_for_longer_and_said_once() -> None:
    slow = Reply(body=GOOD.body, delay_s=0.6)
    with serving(lambda n, body: slow) as server:
        asked = Asked(server, 12, timeout_s=0.3, deadline_s=20.0, max_concurrency=4)
    assert asked.error is None
    assert len([r for r in asked.arrived if isinstance(r, Completion)]) == 12
    assert asked.most_asked <= 3
    assert len(server.calls) <= 12 + 8
    (said_once,) = [notice for notice in asked.told if notice and notice.is_once]
    assert "raise timeout_s" in said_once.text


@pytest.mark.parametrize("models", [error(404), error(500), PAGE, Reply(body=[1]), Reply(401)])
def test_what_models_says_stops_nothing(models: Reply) -> None:
    with serving(lambda n, body: GOOD) as server:
        server.models = models
        asked = Asked(server, 3, **REST)
    assert asked.error is None
    assert len(asked.arrived) == 3
    assert asked.most_asked == 1


def test_models_that_answers_is_no_progress() -> None:
    with serving(lambda n, body: error(503)) as server:
        asked = Asked(server, 1, **{**HASTE, "deadline_s": 0.5})
    assert isinstance(asked.error, EndpointUnavailable)


def test_a_reply_without_end_is_left_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "MOST_BYTES", 2**20)
    bomb = Reply(body=gzip.compress(b" " * 2**25), headers={"Content-Encoding": "gzip"})
    with serving(lambda n, body: bomb) as server:
        asked = Asked(server, 1, **REST)
    assert [f.detail for f in asked.failures] == ["status 200: more than 1 MiB"]


@pytest.mark.parametrize("key", ["sk-é", "sk-x\r\nHost: evil"])
def test_a_key_that_no_header_carries_is_named_by_its_variable(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAR_KEY", key)
    with serving(lambda n, body: GOOD) as server:
        asked = Asked(server, 1, api_key_env="FAR_KEY")
        assert server.calls == []
    assert isinstance(asked.error, InvalidSettings)
    assert str(asked.error).startswith("FAR_KEY holds ")
    assert "sk-" not in str(asked.error)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SSL_CERT_FILE", "/nowhere/ca.pem"), ("HTTPS_PROXY", "ftp://a")],
)
def test_an_environment_that_opens_no_connection_is_one_line(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with serving(lambda n, body: GOOD) as server:
        asked = Asked(server, 1)
    assert isinstance(asked.error, InvalidSettings)
    assert variable in str(asked.error)
    assert value in str(asked.error)
    assert "correct " in str(asked.error)


@pytest.mark.parametrize(
    ("name", "scheme", "words"),
    [
        ("127.0.0.1", "https", "its certificate is not accepted: self-signed certificate"),
        ("elsewhere", "https", "its certificate is not accepted: "),
        ("127.0.0.1", "http", "status 400|RemoteProtocolError|ReadError|no HTTP"),
        (None, "https", "no TLS connection: "),
    ],
    ids=["self-signed", "wrong host", "http to TLS", "TLS to http"],
)
def test_a_certificate_or_a_protocol_that_is_wrong_stops_the_run(
    name: str | None, scheme: str, words: str, tmp_path: Path
) -> None:
    with serving(lambda n, body: GOOD) as server, _secured(server, name, tmp_path):
        server.url = server.url.replace("http:", f"{scheme}:")
        asked = Asked(server, 2, **(HASTE if scheme == "http" else REST))
    assert asked.error is not None
    assert re.search(words, str(asked.error))
    if scheme == "https":
        assert isinstance(asked.error, EndpointRefuses)


@contextmanager
def _secured(server: FaultServer, name: str | None, folder: Path) -> Iterator[None]:
    """Put TLS before a server, with a certificate of its own for a name; None leaves it plain."""
    if name is None:
        yield
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(name, folder))
    server.certificate = context
    yield


def _certificate(name: str, folder: Path) -> Path:
    pytest.importorskip("cryptography", reason="cryptography makes the certificate")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    is_address = name[0].isdigit()
    alternative = x509.IPAddress(ip_address(name)) if is_address else x509.DNSName(name)
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
