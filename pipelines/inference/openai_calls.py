"""HTTP calls that are tried again while that may help, and only then."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import Any, Self, TypeVar
from urllib.parse import urljoin

import httpx

from pipelines.inference.endpoints import Endpoint, Endpoints, RetryBudget
from pipelines.inference.models import OpenAIModel
from pipelines.inference.openai_errors import ErrorReply, error_within
from pipelines.inference.openai_replies import names_vllm
from schemas.errors import EndpointUnavailable, InvalidSettings

T = TypeVar("T")

_FIRST_BACKOFF_S = 0.5
_MOST_FAULTS = 5
_LONGEST_CONNECT_S = 10.0
_OVERLOAD = {408, 425, 429, 503}
_MOST_FAULTS_WITHIN = 2


class Declined(Exception):
    """The server's final word on one request."""

    def __init__(self, status: int, reply: Any) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.reply = reply


class GaveUp(Exception):
    """One request failed again and again at servers that are otherwise well."""


class _TryAgain(Exception):
    """A try failed in a way that another one may not."""

    def __init__(
        self,
        what: str,
        *,
        blames_request: bool = False,
        after_s: float = 0.0,
        most_faults: int = _MOST_FAULTS,
    ) -> None:
        super().__init__(what)
        self.blames_request = blames_request
        self.after_s = after_s
        self.most_faults = most_faults


class Calls:
    """Calls to the servers of one model, and when these last answered anything."""

    def __init__(self, client: httpx.AsyncClient, settings: OpenAIModel, name: str) -> None:
        self._client = client
        self._settings = settings
        self._name = name
        self._endpoints = Endpoints(settings.urls, settings.max_concurrency)
        self._budget = RetryBudget()
        self._answered_at = time.monotonic()
        self._asking_kind = asyncio.Lock()
        self._is_vllm: bool | None = None

    @classmethod
    @asynccontextmanager
    async def to(cls, settings: OpenAIModel, name: str) -> AsyncIterator[Self]:
        """Open connections for the time of one job."""
        key = os.environ.get(settings.api_key_env or "")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        connect_s = min(settings.timeout_s, _LONGEST_CONNECT_S)
        timeout = httpx.Timeout(settings.timeout_s, connect=connect_s, pool=None)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        async with httpx.AsyncClient(headers=headers, timeout=timeout, limits=limits) as client:
            yield cls(client, settings, name)

    async def post(self, path: str, body: dict[str, Any], read: Callable[[Any], T]) -> T:
        """Post a body to whichever server is well, and read the reply.

        Raises:
            Declined: The server will not answer this request.
            GaveUp: This request fails again and again, while others do not.
            EndpointUnavailable: No server has answered anything for `deadline_s`.
            InvalidSettings: The servers refuse the key, or do not know the model or the path.
            Unreadable: As `read` raises it; asked again, a server would write the same.
        """
        started = time.monotonic()
        n_tries = n_faults = 0
        while True:
            try:
                return read(await self._once("POST", path, body))
            except _TryAgain as again:
                n_tries += 1
                n_faults += again.blames_request
                if n_faults >= again.most_faults and await self._is_well(started):
                    raise GaveUp(f"{n_tries} tries failed, the last with: {again}") from None
                await self._pause(again, n_tries)

    async def is_vllm(self) -> bool:
        """Tell whether the servers are known to be vLLM's, which know more than the others.

        A list of models that is not there, forbidden or odd tells nothing. One that a server is not yet well enough to
        give is waited for: what is sent hangs on it.
        """
        async with self._asking_kind:
            n_tries = n_faults = 0
            while self._is_vllm is None:
                try:
                    self._is_vllm = names_vllm(await self._once("GET", "models"))
                except (Declined, InvalidSettings):
                    self._is_vllm = False
                except _TryAgain as again:
                    n_tries += 1
                    n_faults += again.blames_request
                    if n_faults >= again.most_faults:
                        self._is_vllm = False
                    else:
                        await self._pause(again, n_tries)
        return self._is_vllm

    async def _is_well(self, since: float) -> bool:
        if self._answered_at > since:
            return True
        try:
            await self._once("GET", "models")
        except Declined:
            return True
        except _TryAgain:
            return False
        return True

    async def _once(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        try:
            async with self._endpoints.lend(self._deadline()) as endpoint:
                return await self._ask(endpoint, method, path, body)
        except TimeoutError:
            raise _TryAgain("no server is well") from None

    async def _ask(
        self, endpoint: Endpoint, method: str, path: str, body: dict[str, Any] | None
    ) -> Any:
        try:
            response = await self._client.request(method, urljoin(endpoint.url, path), json=body)
        except httpx.TransportError as error:
            endpoint.failed()
            # A server that hangs up or falls silent may be choking on this very request.
            is_down = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            what = f"{endpoint.url} {type(error).__name__} {error}".strip()
            raise _TryAgain(what, blames_request=not is_down) from None
        return self._judge(endpoint, response)

    def _judge(self, endpoint: Endpoint, response: httpx.Response) -> Any:
        status, reply = response.status_code, _json(response)
        what = f"{endpoint.url} status {status}: {response.text[:200]}"
        if status < 400 and (found := error_within(reply)):
            what = f"{endpoint.url} an error in a reply of status {status}: {found.words}"
            if not _says_more_than_a_fault(found):
                self._note_answer(endpoint)
                raise _TryAgain(what, blames_request=True, most_faults=_MOST_FAULTS_WITHIN)
            status = found.status or status
        if status in _OVERLOAD:
            after_s = _retry_after_s(response)
            endpoint.rest(after_s)
            raise _TryAgain(what, after_s=after_s)
        if status >= 500:
            endpoint.failed()
            raise _TryAgain(what, blames_request=True)
        self._note_answer(endpoint)
        if status in (401, 403, 404):
            raise InvalidSettings(f"models.{self._name}: {what}; {_ways_out(status)}")
        if status >= 400:  # a proxy or a small server says no in plain words
            raise Declined(status, response.text if isinstance(reply, _NoJson) else reply)
        if isinstance(reply, _NoJson):
            most_faults = _MOST_FAULTS_WITHIN
            raise _TryAgain(f"{what} is no JSON", blames_request=True, most_faults=most_faults)
        return reply

    def _note_answer(self, endpoint: Endpoint) -> None:
        endpoint.answered()
        self._budget.answered()
        self._answered_at = time.monotonic()

    async def _pause(self, again: _TryAgain, n_tries: int) -> None:
        left_s = self._deadline() - time.monotonic()
        if left_s <= 0:
            raise EndpointUnavailable(
                f"models.{self._name}: no answer from {', '.join(self._settings.urls)} for "
                f"{self._settings.deadline_s:g} s, last: {again}; start the server or correct urls, then run "
                "again: answers that came are kept",
                urls=list(self._settings.urls),
            )
        ceiling = min(_FIRST_BACKOFF_S * 2**n_tries, self._settings.max_backoff_s)
        await self._budget.take()
        await asyncio.sleep(min(again.after_s + random.uniform(0, ceiling), left_s))

    def _deadline(self) -> float:
        return self._answered_at + self._settings.deadline_s


class _NoJson:
    """Stands for a body that is no JSON, which may itself be null."""


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return _NoJson()


def _says_more_than_a_fault(found: ErrorReply) -> bool:
    """Whether the error's own code says something lasting, or to wait, and not only that a try failed."""
    return found.status is not None and (found.status < 500 or found.status in _OVERLOAD)


def _retry_after_s(response: httpx.Response) -> float:
    """Give the seconds a server asks to wait, as a number or a date; 0 where it does not say."""
    asked = response.headers.get("Retry-After", "")
    try:
        return max(float(asked), 0.0)
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(asked).timestamp() - time.time(), 0.0)
    except ValueError:
        return 0.0


def _ways_out(status: int) -> str:
    if status == 404:
        return "correct model and urls; an address usually ends in /v1"
    return "set the environment variable that api_key_env names to a valid key"
