"""What comes back from a server means something for one request, for every one, or only for now."""

import json
import math
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, NamedTuple

import httpx

from winnow.pipelines.inference.openai_errors import ErrorReply, error_within
from winnow.pipelines.inference.server_words import codes_of, is_page, tidy, words_of


class Meaning(Enum):
    """For whom an outcome counts, and for how long."""

    ANSWERED = "answered"
    """The server answers this request."""

    DECLINED = "declined"
    """The server will never answer this request; others it does."""

    SUSPECT = "suspect"
    """The server will never answer this request, or none: where others are answered, it is this one."""

    ACCOUNT = "account"
    """The server answers no request of this account, unless a harmless one shows that it does."""

    REFUSED = "refused"
    """The server answers no request; waiting does not help."""

    LATER = "later"
    """The server is busy, starting or away."""

    FAULTY = "faulty"
    """The server is in trouble, or breaks down over this very request."""

    SLOW = "slow"
    """The answer took too long."""


PASSING = (Meaning.LATER, Meaning.FAULTY, Meaning.SLOW)
"""Meanings that another try may change."""


class Outcome(NamedTuple):
    """What became of one call."""

    meaning: Meaning
    """For whom it counts."""

    what: str
    """What happened, with the server's words, such as "status 503: loading model"."""

    way_out: str = ""
    """What the person who started the run can do where it counts for every request."""

    status: int = 0
    """Status of the reply; 0 where there is none."""

    reply: Any = None
    """The reply as read from JSON, or the server's words where it is none; None where there is no reply."""

    after_s: float = 0.0
    """Seconds after which the server wants to be asked again; 0 where it does not say."""

    n_faults: int = 1
    """For how many faults it counts, of which a request may have a few."""

    @property
    def says_too_much(self) -> bool:
        """Whether the server says that it gets more at a time than it answers: too many requests, or a rest that it wants."""
        is_rest = self.status >= 500 and self.after_s > 0
        return self.meaning is Meaning.LATER and (self.status == 429 or is_rest)

    is_up: bool = False
    """Whether the server had begun to answer, so that it is no outage."""


TOP_UP = "top up the account or raise its limit"
KEY = "set the environment variable that api_key_env names to a valid key"
ADDRESS = "correct urls; an address usually ends in /v1"
MODEL = "correct model and urls; an address usually ends in /v1"
CERTIFICATE = "correct urls, or let SSL_CERT_FILE name a file with the certificate of its authority"

_DECLINED = {400, 413, 414, 422, 431, 451}
_LATER = {408, 423, 425, 429, 503, 529}
_FAULTY = {409}
_NO_SERVICE = {501, 505, 506, 508, 510, 511}
_WAYS_OUT = {
    401: KEY,
    403: f"{KEY} that may use the model, or correct model and urls",
    404: MODEL,
    402: TOP_UP,
    407: "put the password of the proxy into HTTP_PROXY or HTTPS_PROXY, or do without the proxy",
    410: MODEL,
}
_SPENT = re.compile(
    r"insufficient[ _](?:quota|balance|credit|fund)|billing|in arrears|out of credit|top ?up"
    r"|(?:exceed|exhaust|out of|over)[^.]{0,30}quota|quota[^.]{0,20}(?:exceed|exhaust|reach|used up)"
    r"|(?:credit|balance)[^.]{0,20} too low|payment required",
    re.IGNORECASE,
)
_PASSES_SOON = re.compile(
    r"per[ _-]?(?:second|minute|hour)|(?:requests|tokens)_per|\b[rt]p[smh]\b", re.IGNORECASE
)
_RETRY_IN = re.compile(
    r"(?:retry|try again) (?:in|after) (?:(\d+)m)?(\d+(?:\.\d+)?) ?s", re.IGNORECASE
)
_NO_HTTP = ("illegal status line", "illegal header line")
_PASSING_TLS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


def of_reply(status: int, headers: Mapping[str, str], content: bytes) -> Outcome:
    """Tell what a reply means, which may be anything.

    Args:
        status: HTTP status.
        headers: Names in small letters.
        content: The body, decoded as its headers say.
    """
    try:
        reply = json.loads(content)
    except (ValueError, RecursionError):
        return _of_text(status, headers, content.decode("utf-8", "replace"))
    if 200 <= status < 300:
        if found := error_within(reply):
            return _of_error_within(found, headers)
        what = f"status {status}: {words_of(reply)}"
        return Outcome(Meaning.ANSWERED, what, status=status, reply=reply, is_up=True)
    return of_refusal(status, headers, reply)


def of_refusal(status: int, headers: Mapping[str, str], reply: Any) -> Outcome:
    """Tell what an error means that a server answers with, be it by the reply's status or by the code within.

    Args:
        status: HTTP status, 300 or more.
        headers: Names in small letters.
        reply: The reply as read from JSON, or the server's words.
    """
    what = f"status {status}: {words_of(reply) or 'an empty reply'}"
    if location := headers.get("location"):
        what = f"{what}, a redirect to {tidy(location)}"
    after_s = _retry_after_s(headers, what)
    meaning, way_out = _meaning(status), _WAYS_OUT.get(status, ADDRESS)
    if status < 500 and _is_spent(status, f"{what} {codes_of(reply)}", after_s):
        meaning = Meaning.REFUSED if status in (402, 429) else Meaning.ACCOUNT
        way_out = TOP_UP
    return Outcome(meaning, what, way_out, status, reply, after_s)


def _of_error_within(found: ErrorReply, headers: Mapping[str, str]) -> Outcome:
    """Tell what an error means in a reply of a good status; one that says nothing lasting is asked once more."""
    status = found.status or 500
    if status < 500 or status in _LATER:
        return of_refusal(status, headers, {"error": found.error})
    what = f"an error in a reply of a good status: {found.words}"
    return Outcome(Meaning.FAULTY, what, status=status, reply=found.words, is_up=True, n_faults=2)


def _of_text(status: int, headers: Mapping[str, str], text: str) -> Outcome:
    said = words_of(text)
    if not 200 <= status < 300:
        return of_refusal(status, headers, said)
    reply = said if is_page(text) else f"no JSON: {said}" if said else "an empty reply"
    what = f"status {status}: {reply}"
    return Outcome(Meaning.SUSPECT, what, ADDRESS, status, reply, is_up=True)


def of_error(error: Exception, status: int = 0) -> Outcome:
    """Tell what it means that a call came to no reply.

    Args:
        error: What httpx raised.
        status: Status of the reply that had begun; 0 where none had.
    """
    name, said = type(error).__name__, tidy(str(error))
    what = f"{name}: {said}" if said else name
    if isinstance(error, httpx.DecodingError):
        reply = f"a body that cannot be decoded: {said}"
        return Outcome(
            Meaning.SUSPECT, f"status {status}: {reply}", ADDRESS, status, reply, is_up=True
        )
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return Outcome(Meaning.REFUSED, what, "correct urls")
    if isinstance(error, httpx.LocalProtocolError) and "header" in said.lower():
        # The error's own words quote the header, which holds the key.
        return Outcome(
            Meaning.REFUSED, "a header that HTTP does not allow", f"{KEY}, and no more than that"
        )
    if isinstance(error, httpx.RemoteProtocolError) and said.startswith(_NO_HTTP) and not status:
        return Outcome(Meaning.SUSPECT, f"no HTTP: {said}", ADDRESS)
    if isinstance(error, httpx.ProxyError):
        is_final = "407" in said
        return Outcome(Meaning.REFUSED if is_final else Meaning.LATER, what, _WAYS_OUT[407])
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return _of_connecting(error, what)
    return Outcome(Meaning.FAULTY, what, status=status, is_up=status > 0)


def _of_connecting(error: Exception, what: str) -> Outcome:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            said = f"its certificate is not accepted: {tidy(cause.verify_message)}"
            return Outcome(Meaning.REFUSED, said, CERTIFICATE)
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, _PASSING_TLS):
            said = f"no TLS connection: {tidy(str(cause))}"
            return Outcome(Meaning.REFUSED, said, "correct urls: http where the server has no TLS")
        if isinstance(cause, socket.gaierror) and cause.errno != socket.EAI_AGAIN:
            said = f"its name is not known: {tidy(cause.strerror or str(cause))}"
            return Outcome(Meaning.REFUSED, said, "correct urls, or the name service")
    return Outcome(Meaning.LATER, what)


def _meaning(status: int) -> Meaning:
    if status in (402, 407):
        return Meaning.REFUSED
    if status == 401:
        return Meaning.ACCOUNT
    if status in _DECLINED:
        return Meaning.DECLINED
    if status in _LATER:
        return Meaning.LATER
    if status in _FAULTY or (status >= 500 and status not in _NO_SERVICE):
        return Meaning.FAULTY
    return Meaning.SUSPECT


def _is_spent(status: int, said: str, after_s: float) -> bool:
    """Tell whether money or a quota is gone, and not only the rate too high for the moment."""
    return status == 402 or bool(
        not after_s and _SPENT.search(said) and not _PASSES_SOON.search(said)
    )


def _retry_after_s(headers: Mapping[str, str], what: str) -> float:
    """Read the seconds a server asks to wait, as a number, a date or in words; 0 where it does not say."""
    asked = headers.get("retry-after", "")
    try:
        seconds = float(asked)
    except ValueError:
        seconds = _until(asked) or _in_words(what)
    return max(seconds, 0.0) if math.isfinite(seconds) else 0.0


def _until(date: str) -> float:
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError, OSError):
        return 0.0


def _in_words(what: str) -> float:
    found = _RETRY_IN.search(what)
    return 60 * float(found[1] or 0) + float(found[2]) if found else 0.0


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
