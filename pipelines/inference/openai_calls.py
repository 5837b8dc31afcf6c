"""HTTP calls that are tried again while that may help, and only then."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, NoReturn, Self, TypeVar

from winnow.pipelines.inference.connections import Connections, connected
from winnow.pipelines.inference.crew import FINISH_S, Waits
from winnow.pipelines.inference.endpoints import Endpoint, Endpoints, RetryBudget
from winnow.pipelines.inference.exchange import exchange
from winnow.pipelines.inference.level import Level
from winnow.pipelines.inference.models import OpenAIModel
from winnow.pipelines.inference.notices import Tell, tell_nobody
from winnow.pipelines.inference.openai_protocol import UnwritableRequest
from winnow.pipelines.inference.openai_replies import Unreadable
from winnow.pipelines.inference.outcomes import Meaning, Outcome
from winnow.pipelines.inference.server_kind import ServerKind
from winnow.pipelines.inference.suspicion import harmless, settle
from winnow.pipelines.inference.tries import Patience, Tries
from winnow.pipelines.inference.vigil import DOWN, TOO_SLOW, Vigil
from winnow.schemas.errors import GO_ON, EndpointRefuses

T = TypeVar("T")
Write = Callable[[bool | None], dict[str, Any]]
"""Writes the body of a call, told whether the servers are vLLM's; None where that is not known."""

_FIRST_BACKOFF_S = 0.5
_MOST_DOUBLINGS = 16
_LONGEST_LOOK_S = 10.0


class Declined(Exception):
    """The server's final word on one request."""

    def __init__(self, status: int, reply: Any) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.reply = reply


class GaveUp(Exception):
    """One request failed again and again at servers that are otherwise well."""


class _Unanswered(Exception):
    """A call brought no answer."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.what)
        self.outcome = outcome


class Calls:
    """Calls to the servers of one model."""

    def __init__(
        self,
        connections: Connections,
        settings: OpenAIModel,
        name: str,
        tell: Tell,
        levels: Mapping[str, Level],
    ) -> None:
        self._connections = connections
        self._settings = settings
        self._who = f"models.{name}"
        self._vigil = Vigil(self._who, settings.urls, settings.deadline_s, tell)
        self._waits = Waits()
        self._endpoints = Endpoints(levels, self._waits)
        self._kind = ServerKind(connections)
        self._patience = Patience(settings.timeout_s, settings.deadline_s)
        self._budget = RetryBudget()
        self._asked: tuple[str, dict[str, Any]] | None = None
        self._looked_well_at = 0.0

    @classmethod
    @asynccontextmanager
    async def to(
        cls, settings: OpenAIModel, name: str, levels: Mapping[str, Level], tell: Tell = tell_nobody
    ) -> AsyncIterator[Self]:
        """Open connections for the time of one job.

        Args:
            settings: Which servers, and how they are asked.
            name: The model, for messages.
            levels: How many requests each server gets at a time, by address; what is learned of it is kept there.
            tell: Told what is waited for.

        Raises:
            InvalidSettings: The key, a proxy or a certificate file cannot be used.
        """
        async with connected(settings, name) as connections:
            yield cls(connections, settings, name, tell, levels)

    def admitted(self) -> AbstractAsyncContextManager[None]:
        """Wait until the servers have room for one request more; see `Endpoints.admitted`."""
        return self._endpoints.admitted()

    async def post(self, path: str, write: Write, read: Callable[[Any], T]) -> T:
        """Post a body to whichever server is well, and read the reply.

        Raises:
            Declined: The server will not answer this request.
            GaveUp: This request fails again and again, while others do not.
            EndpointRefuses: A server answers no request, and waiting does not help.
            NoMoreCalls: The run stops.
            Unreadable: As `read` raises it; asked again, a server would write the same.
        """
        tries = Tries(self._patience)
        while True:
            async with self._endpoints.lend() as endpoint:
                body = write(await self._kind.is_vllm(endpoint))
                self._asked = (path, body)
                tries.begin(max(self._vigil.answered_at, self._looked_well_at))
                try:
                    return await self._ask(endpoint, path, body, tries, read)
                except Unreadable:  # asked again, the server would write the same
                    endpoint.is_well()
                    self._vigil.answered()
                    raise
                except _Unanswered as unanswered:
                    outcome = await settle(
                        endpoint, unanswered.outcome, tries.asked_at, lambda: self._look(endpoint)
                    )
            if outcome.meaning is Meaning.DECLINED:
                endpoint.is_well()
                self._vigil.answered()
                raise Declined(outcome.status, outcome.reply)
            if outcome.meaning is Meaning.REFUSED:
                raise self._refusal(endpoint, outcome.what, outcome.way_out)
            await self._wait(endpoint, outcome, tries)

    async def models(self) -> Any:
        """Fetch the list of models as a server sends it, asked for once; None where there is none to be had."""
        page = self._endpoints.all[0].page("models")
        outcome = await exchange(self._connections, "GET", page, None, _LONGEST_LOOK_S)
        return outcome.reply if outcome.meaning is Meaning.ANSWERED else None

    async def watch(self) -> NoReturn:
        """Watch the servers until cancelled, and say what is waited for.

        Raises:
            EndpointUnavailable: No server has answered a request for `deadline_s`.
        """
        await self._vigil.keep(self._is_well)

    def stop(self) -> None:
        """Make no further call; what is in flight goes on."""
        self._vigil.stop(sum(e.n_in_flight for e in self._endpoints.all), FINISH_S)
        self._waits.stop()

    async def _ask(
        self,
        endpoint: Endpoint,
        path: str,
        body: dict[str, Any],
        tries: Tries,
        read: Callable[[Any], T],
    ) -> T:
        url, content = endpoint.page(path), _content(body)
        outcome = await exchange(self._connections, "POST", url, content, tries.limit_s)
        if outcome.meaning is not Meaning.ANSWERED:
            raise _Unanswered(outcome)
        answer = read(outcome.reply)
        self._answered(endpoint, tries.asked_at)
        return answer

    def _answered(self, endpoint: Endpoint, asked_at: float) -> None:
        took_s = time.monotonic() - asked_at
        endpoint.answered()
        endpoint.level.answered(asked_at, endpoint.n_in_flight)
        self._kind.settle()
        self._budget.answered()
        self._vigil.answered(took_s)
        before_s = self._patience.limit_s
        if self._patience.learn(took_s):
            self._vigil.note(
                f"{endpoint.shown} took {took_s:.1f} s for an answer, longer than {before_s:g} s, after which one is "
                f"asked for again and paid for twice; up to {self._patience.limit_s:.0f} s are waited for now: raise timeout_s"
            )

    async def _wait(self, endpoint: Endpoint, outcome: Outcome, tries: Tries) -> None:
        tries.note(outcome)
        self._kind.doubt()
        way_out = TOO_SLOW if outcome.meaning is Meaning.SLOW else DOWN
        self._vigil.troubled(f"{endpoint.shown} {outcome.what}", way_out)
        if outcome.says_too_much:
            endpoint.level.overloaded(tries.asked_at)
        if outcome.after_s:
            endpoint.rest(outcome.after_s)
        is_busy = outcome.meaning is Meaning.LATER and outcome.status > 0
        is_odd = outcome.meaning is Meaning.FAULTY and outcome.is_up
        if not is_busy and not is_odd:
            endpoint.failed(tries.asked_at)
        if outcome.after_s and self._endpoints.resting_until > self._vigil.deadline_at:
            what = f"{outcome.what}; it wants to be asked again in {outcome.after_s:,.0f} s, which is past the deadline"
            raise self._refusal(endpoint, what, "wait until then, or raise deadline_s")
        if await self._is_its_own_fault(endpoint, outcome, tries):
            raise GaveUp(f"{tries.n} tries failed, the last with: {endpoint.shown} {outcome.what}")
        with self._waits.waiting():
            await asyncio.sleep(self._pause_s(tries))

    async def _is_its_own_fault(self, endpoint: Endpoint, outcome: Outcome, tries: Tries) -> bool:
        """Tell whether the servers answer other requests, while this one was tried often or for long."""
        if tries.is_overdue and self._vigil.answered_at > tries.began:
            return True
        if not tries.is_suspicious:
            return False
        if outcome.is_up:
            return True
        is_well = (
            self._vigil.answered_at > tries.asked_at
            or (await self._look(endpoint)).meaning is Meaning.ANSWERED
        )
        if not is_well:
            tries.n_faults = 0
        return is_well and tries.was_well_between

    def _pause_s(self, tries: Tries) -> float:
        ceiling = min(
            _FIRST_BACKOFF_S * 2 ** min(tries.n, _MOST_DOUBLINGS), self._settings.max_backoff_s
        )
        rest_s = max(self._endpoints.resting_until - time.monotonic(), 0.0)
        return max(self._budget.take(), rest_s) + random.uniform(0, ceiling)

    async def _look(self, endpoint: Endpoint) -> Outcome:
        """Ask a server something harmless."""
        if self._asked is None:
            return Outcome(Meaning.LATER, "nothing was asked yet")
        path, body = self._asked
        content = _content(harmless(body))
        limit_s = min(_LONGEST_LOOK_S, self._settings.deadline_s / 4)
        outcome = await exchange(self._connections, "POST", endpoint.page(path), content, limit_s)
        if outcome.meaning is Meaning.ANSWERED:
            endpoint.answered()
            self._looked_well_at = time.monotonic()
        return outcome

    async def _is_well(self) -> bool:
        looks = [self._look(endpoint) for endpoint in self._endpoints.all]
        return any(o.meaning is Meaning.ANSWERED for o in await asyncio.gather(*looks))

    def _refusal(self, endpoint: Endpoint, what: str, way_out: str) -> EndpointRefuses:
        return EndpointRefuses(f"{self._who}: {endpoint.shown} {what}; {way_out}{GO_ON}")


def _content(body: dict[str, Any]) -> bytes:
    try:
        return json.dumps(body, allow_nan=False).encode()
    except ValueError as error:
        raise UnwritableRequest(f"it cannot be written as JSON: {error}") from error
