"""Which server to ask next: the least loaded that is well, within a budget of retries."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

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
    n_in_flight: int = 0
    n_faults: int = 0
    resting_until: float = 0.0

    def answered(self) -> None:
        """Note that the server is well."""
        self.n_faults = 0

    def failed(self) -> None:
        """Note a fault; after some in a row the server is left alone, twice as long each time."""
        self.n_faults += 1
        n_rests = self.n_faults - _FAULTS_BEFORE_REST
        if n_rests >= 0:
            self.rest(min(_FIRST_REST_S * 2**n_rests, _LONGEST_REST_S))

    def rest(self, seconds: float) -> None:
        """Leave the server alone for a while."""
        self.resting_until = max(self.resting_until, time.monotonic() + seconds)


class Endpoints:
    """Hands out servers, each to a limited number of requests, one that was resting to a single one first."""

    def __init__(self, urls: Sequence[str], max_concurrency: int) -> None:
        self._all = [Endpoint(url) for url in urls]
        self._max_concurrency = max_concurrency
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def lend(self, until: float) -> AsyncIterator[Endpoint]:
        """Lend the least loaded server that is well.

        Raises:
            TimeoutError: None was free and well by `until`, on the monotonic clock.
        """
        endpoint = await self._wait(until)
        endpoint.n_in_flight += 1
        try:
            yield endpoint
        finally:
            endpoint.n_in_flight -= 1
            async with self._changed:
                self._changed.notify_all()

    async def _wait(self, until: float) -> Endpoint:
        async with self._changed:
            while True:
                now = time.monotonic()
                free = [
                    e for e in self._all if e.n_in_flight < self._room(e) and e.resting_until <= now
                ]
                if free:
                    return min(free, key=lambda e: (e.n_in_flight, e.n_faults, random.random()))
                if now >= until:
                    raise TimeoutError
                ends = [e.resting_until for e in self._all if e.resting_until > now]
                pause = max(min([until, *ends]) - now, 0.001)
                try:
                    await asyncio.wait_for(self._changed.wait(), pause)
                except TimeoutError:
                    continue

    def _room(self, endpoint: Endpoint) -> int:
        is_on_trial = endpoint.n_faults >= _FAULTS_BEFORE_REST
        return 1 if is_on_trial else self._max_concurrency


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

    async def take(self) -> None:
        """Wait until one more retry is within the budget."""
        now = time.monotonic()
        filled = self._left + (now - self._filled_at) * _RETRIES_PER_S
        self._left = min(filled, _RETRIES_AT_ONCE) - 1
        self._filled_at = now
        if self._left < 0:
            await asyncio.sleep(-self._left / _RETRIES_PER_S)
