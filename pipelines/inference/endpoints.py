"""Which server to ask next: the least loaded that is well, within a budget of retries."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from winnow.pipelines.inference.addresses import page_address
from winnow.pipelines.inference.crew import Waits
from winnow.pipelines.inference.level import Level
from winnow.pipelines.inference.outcomes import Outcome

_FAULTS_BEFORE_REST = 3
_FIRST_REST_S = 1.0
_LONGEST_REST_S = 30.0
_RETRIES_AT_ONCE = 20.0
_RETRIES_PER_S = 1.0
_RETRIES_PER_ANSWER = 0.1


@dataclass
class Endpoint:
    """One server and how it is doing."""

    url: str
    level: Level
    n_in_flight: int = 0
    n_faults: int = 0
    n_rests: int = 0
    resting_until: float = 0.0
    n_suspect: int | None = None
    """Requests that it would not answer since it last answered one; None where it never answered any."""
    refusal: Outcome | None = None
    """Why it answers no request at all; None where it may."""
    vouched_at: float = 0.0
    """When it last answered a harmless request that was asked for this, on the monotonic clock."""
    doubting: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while such a request is asked."""

    @property
    def shown(self) -> str:
        """Its address as messages show it."""
        return self.url.partition("?")[0]

    def page(self, path: str) -> str:
        """Return the address of one of its pages."""
        return page_address(self.url, path)

    def is_well(self) -> None:
        """Note that the server is well, whatever it said."""
        self.n_faults = self.n_rests = 0

    @property
    def room(self) -> int:
        """Requests that it may have at a time: a single one where it was resting."""
        return 1 if self.n_faults >= _FAULTS_BEFORE_REST else self.level.limit

    def answered(self) -> None:
        """Note that the server answered a request."""
        self.is_well()
        self.n_suspect = 0

    def failed(self, asked_at: float) -> None:
        """Note a fault; after some in a row the server is left alone, twice as long each time.

        Args:
            asked_at: When it was asked, on the monotonic clock: what was in flight when the rest began makes it no longer.
        """
        self.n_faults += 1
        if self.n_faults >= _FAULTS_BEFORE_REST and asked_at >= self.resting_until:
            self.rest(min(_FIRST_REST_S * 2**self.n_rests, _LONGEST_REST_S))
            self.n_rests += 1

    def rest(self, seconds: float) -> None:
        """Leave the server alone for a while."""
        self.resting_until = max(self.resting_until, time.monotonic() + seconds)
        self.level.begin()


class Endpoints:
    """Hands out servers, each to as many requests as its level says, one that was resting to a single one first."""

    def __init__(self, levels: Mapping[str, Level], waits: Waits) -> None:
        """Hand out the servers at the addresses of `levels`."""
        self._waits = waits
        self.all = [Endpoint(url, level) for url, level in levels.items()]
        self._n_admitted = 0
        self._has_room = asyncio.Condition()
        self._changed = asyncio.Condition()

    @property
    def resting_until(self) -> float:
        """When the first of them has rested, on the monotonic clock."""
        return min(endpoint.resting_until for endpoint in self.all)

    @asynccontextmanager
    async def admitted(self) -> AsyncIterator[None]:
        """Wait until the servers together have room for one request more.

        Raises:
            NoMoreCalls: The run stops.
        """
        with self._waits.waiting():
            async with self._has_room:
                await self._has_room.wait_for(lambda: self._n_free > 0)
        self._n_admitted += 1
        try:
            yield
        finally:
            self._n_admitted -= 1
            async with self._has_room:
                self._has_room.notify(max(self._n_free, 0))

    @property
    def _n_free(self) -> int:
        return sum(e.level.limit for e in self.all) - self._n_admitted

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Endpoint]:
        """Lend the least loaded server that is well, as soon as there is one.

        Raises:
            NoMoreCalls: The run stops.
        """
        with self._waits.waiting():
            endpoint = await self._wait()
        endpoint.n_in_flight += 1
        try:
            yield endpoint
        finally:
            endpoint.n_in_flight -= 1
            async with self._changed:
                self._changed.notify_all()

    async def _wait(self) -> Endpoint:
        async with self._changed:
            while True:
                now = time.monotonic()
                free = [e for e in self.all if e.n_in_flight < e.room and e.resting_until <= now]
                if free:
                    return min(free, key=_load)
                ends = [e.resting_until - now for e in self.all if e.resting_until > now]
                try:
                    await asyncio.wait_for(self._changed.wait(), min(ends, default=None))
                except TimeoutError:
                    continue


def _load(endpoint: Endpoint) -> tuple[float, int, float]:
    return endpoint.n_in_flight / endpoint.room, endpoint.n_faults, random.random()


class RetryBudget:
    """Keeps retries a small part of the traffic, so that they never add to an overload.

    20 at once, then one a second and one for every ten answers.
    """

    def __init__(self) -> None:
        self._left = _RETRIES_AT_ONCE
        self._filled_at = time.monotonic()

    def answered(self) -> None:
        """Note an answer."""
        self._left = min(self._left + _RETRIES_PER_ANSWER, _RETRIES_AT_ONCE)

    def take(self) -> float:
        """Take one retry out of the budget, and give the seconds until it is within it."""
        now = time.monotonic()
        filled = self._left + (now - self._filled_at) * _RETRIES_PER_S
        self._left = min(filled, _RETRIES_AT_ONCE) - 1
        self._filled_at = now
        return max(-self._left / _RETRIES_PER_S, 0.0)
