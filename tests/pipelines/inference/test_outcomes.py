import socket
import ssl
from email.utils import formatdate
from time import time
from typing import Any

import httpx
import pytest

from winnow.pipelines.inference.outcomes import Meaning, of_error, of_reply

PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title><style>p {}</style></head><p>Please</p></html>"


def worded(message: str, **more: Any) -> bytes:
    return httpx.Request("POST", "http://a", json={"error": {"message": message, **more}}).content


@pytest.mark.parametrize(
    ("status", "content", "headers", "meaning", "what"),
    [
        (200, b'{"choices": []}', {}, "answered", "status 200"),
        (200, PAGE, {}, "suspect", "status 200: a web page: Sign in Please"),
        (200, b"", {}, "suspect", "status 200: an empty reply"),
        (204, b"", {}, "suspect", "status 204: an empty reply"),
        (200, b'{"choices": [{"mess', {}, "suspect", 'status 200: no JSON: {"choices"'),
        (200, b'"\xff\xfe"', {}, "suspect", "status 200: no JSON"),
        (200, b"[" * 100_000, {}, "suspect", "status 200: no JSON: [[["),
        (301, b"", {"location": "/login"}, "suspect", "a redirect to /login"),
        (400, worded("bad schema"), {}, "declined", "status 400: bad schema"),
        (400, worded("Your credit balance is too low"), {}, "account", "balance is too low"),
        (401, worded("no such key"), {}, "account", "status 401: no such key"),
        (402, b"Top up!", {}, "refused", "status 402: Top up!"),
        (403, worded("flagged"), {}, "suspect", "status 403: flagged"),
        (403, PAGE, {}, "suspect", "status 403: a web page: Sign in Please"),
        (404, b'{"detail": "Not Found"}', {}, "suspect", "status 404: Not Found"),
        (405, b"", {}, "suspect", "status 405: an empty reply"),
        (407, b"", {}, "refused", "status 407"),
        (408, b"", {}, "later", "status 408"),
        (409, b"", {}, "faulty", "status 409"),
        (413, b"too large", {}, "declined", "status 413: too large"),
        (418, b"", {}, "suspect", "status 418"),
        (422, b'{"detail": [{"msg": "x"}]}', {}, "declined", "status 422"),
        (425, b"", {}, "later", "status 425"),
        (429, worded("slow down"), {}, "later", "status 429: slow down"),
        (429, worded("quota exceeded", code="insufficient_quota"), {}, "refused", "quota"),
        (429, worded("no", type="insufficient_quota"), {}, "refused", "status 429: no"),
        (429, worded("see your plan and billing details"), {}, "refused", "billing"),
        (429, worded("billing", code="x"), {"retry-after": "20"}, "later", "billing"),
        (429, worded("quota exceeded: 10 requests per minute"), {}, "later", "per minute"),
        (429, worded("exceeded your current quota, retry in 37.2s"), {}, "later", "37.2s"),
        (451, b"by law", {}, "declined", "status 451: by law"),
        (500, worded("assertion failed"), {}, "faulty", "status 500: assertion failed"),
        (501, b"", {}, "suspect", "status 501"),
        (502, PAGE, {}, "faulty", "status 502: a web page"),
        (503, worded("loading model"), {}, "later", "status 503: loading model"),
        (504, b"", {}, "faulty", "status 504"),
        (529, worded("overloaded"), {}, "later", "status 529: overloaded"),
    ],
)
def test_a_reply_counts_for_one_request_for_all_or_for_now(
    status: int, content: bytes, headers: dict[str, str], meaning: str, what: str
) -> None:
    outcome = of_reply(status, headers, content)
    assert (outcome.meaning, outcome.status) == (Meaning(meaning), status)
    assert what in outcome.what
    assert outcome.way_out or outcome.meaning is Meaning.ANSWERED


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ({"retry-after": "7.5"}, 7.5),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "nan"}, 0),
        ({"retry-after": "1e999"}, 0),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": "Mon, 99 Foo 99999 00:00:00 GMT"}, 0),
        ({}, 0),
    ],
    ids=["number", "past", "nan", "inf", "word", "odd date", "none"],
)
def test_a_server_that_wants_to_be_asked_later_says_so_in_seconds(
    said: dict[str, str], seconds: float
) -> None:
    assert of_reply(429, said, b"").after_s == seconds


def test_a_server_that_wants_to_be_asked_later_says_so_by_a_date() -> None:
    said = {"retry-after": formatdate(time() + 86_400, usegmt=True)}
    assert of_reply(429, said, b"").after_s == pytest.approx(86_400, abs=120)


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def unknown_name(number: int) -> Exception:
    return caused(httpx.ConnectError("failed"), socket.gaierror(number, "not known"))


def not_accepted() -> Exception:
    cause = ssl.SSLCertVerificationError(1, "verify failed")
    cause.verify_message = "self-signed certificate"
    return caused(httpx.ConnectError("failed"), cause)


@pytest.mark.parametrize(
    ("error", "status", "meaning", "what"),
    [
        (httpx.ConnectError("refused"), 0, "later", "ConnectError: refused"),
        (httpx.ConnectTimeout(""), 0, "later", "ConnectTimeout"),
        (httpx.ReadError(""), 0, "faulty", "ReadError"),
        (httpx.ReadError(""), 200, "faulty", "ReadError"),
        (httpx.RemoteProtocolError("hung up"), 0, "faulty", "hung up"),
        (httpx.RemoteProtocolError("illegal status line: x"), 0, "suspect", "no HTTP"),
        (httpx.DecodingError("bad gzip"), 200, "suspect", "cannot be decoded: bad gzip"),
        (httpx.UnsupportedProtocol("ftp"), 0, "refused", "ftp"),
        (httpx.InvalidURL("port"), 0, "refused", "port"),
        (httpx.LocalProtocolError("Illegal header value b'Bearer sk-1'"), 0, "refused", "header"),
        (httpx.ProxyError("407 Proxy Authentication Required"), 0, "refused", "407"),
        (httpx.ProxyError("502 Bad Gateway"), 0, "later", "502"),
        (unknown_name(socket.EAI_NONAME), 0, "refused", "its name is not known"),
        (unknown_name(socket.EAI_AGAIN), 0, "later", "ConnectError"),
        (not_accepted(), 0, "refused", "its certificate is not accepted: self-signed certificate"),
        (
            caused(httpx.ConnectError(""), ssl.SSLError(1, "wrong version number")),
            0,
            "refused",
            "no TLS connection",
        ),
        (caused(httpx.ConnectError(""), ssl.SSLEOFError(8, "EOF")), 0, "later", "ConnectError"),
    ],
)
def test_a_call_without_a_reply_counts_for_one_request_for_all_or_for_now(
    error: Exception, status: int, meaning: str, what: str
) -> None:
    outcome = of_error(error, status)
    assert outcome.meaning is Meaning(meaning)
    assert what in outcome.what
    assert outcome.is_up == (status > 0)
    assert "sk-1" not in str(outcome)
