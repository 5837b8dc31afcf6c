"""How many requests one server gets at a time: as many as raise its throughput, found while it works.

Rounds of answers are compared as BBR compares round trips: twice as many requests are tried as long as answers come
faster for it (Cardwell et al. 2016, "BBR: Congestion-Based Congestion Control", ACM Queue 14(5)). Where they do not,
requests only wait longer, and fewer are tried until that costs throughput. A server that says it has too much gets half
(Chiu and Jain 1989, "Analysis of the increase and decrease algorithms for congestion avoidance").
"""

import math
import time
from collections.abc import Callable
from typing import Literal, NamedTuple

FIRST = 32
"""Requests that a server gets before anything is known of it."""

_WORTH = 0.15
"""Share of the requests added that has to show in the throughput: 100 % more requests, 15 % more answers."""

_COUNTED, _COUNTED_FINELY = 32, 128
_FULL = 0.8
_CHANGED = 2.0
_DOUBLE, _STEP = 2.0, 1.25
_FIRST_WAIT, _LONGEST_WAIT = 2, 32


class Measured(NamedTuple):
    """What a server did with so many requests at a time."""

    limit: int
    """Requests at a time."""

    rate: float
    """Answers a second."""


class _Round:
    """Answers to requests that were asked since it began: those asked earlier were answered beside more or fewer."""

    def __init__(self, began_at: float) -> None:
        self.began_at = began_at
        self.first_at: float | None = None
        self.n = 0
        self.n_in_flight = 0

    def add(self, now: float, n_in_flight: int) -> None:
        if self.first_at is None:  # time is measured from here on
            self.first_at = now
            return
        self.n += 1
        self.n_in_flight += n_in_flight

    def is_over(self, limit: int, at_least: int) -> bool:
        # Answers may come in waves of as many as were asked together: whole ones are counted.
        return self.n >= limit * math.ceil(at_least / limit)

    def is_full(self, limit: int) -> bool:
        return self.n_in_flight >= _FULL * limit * self.n


class Level:
    """The number of requests that one server gets at a time, at most `ceiling`."""

    def __init__(self, ceiling: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = min(FIRST, ceiling)
        """Requests at a time."""

        self._ceiling = ceiling
        self._clock = clock
        self._round = _Round(clock())
        self._best: Measured | None = None
        self._way: Literal["up", "down", "hold"] = "up"
        self._has_paid, self._tries_more = False, True
        self._wait = self._n_waits = _FIRST_WAIT
        self._cut_at = -math.inf

    def answered(self, asked_at: float, n_in_flight: int) -> None:
        """Note an answer.

        Args:
            asked_at: When it was asked, on the monotonic clock.
            n_in_flight: Requests that the server had when it answered, this one included.
        """
        if asked_at < self._round.began_at:
            return
        now, over = self._clock(), self._round
        over.add(now, n_in_flight)
        at_least = _COUNTED_FINELY if self._way == "hold" else _COUNTED
        if not over.is_over(self.limit, at_least):
            return
        took_s = now - (over.first_at or now)
        if took_s > 0 and over.is_full(self.limit):
            self._decide(Measured(self.limit, over.n / took_s))
        self.begin()

    def overloaded(self, asked_at: float) -> None:
        """Note that the server says it has too much; what was asked before it said so last says nothing new."""
        if asked_at < self._cut_at:
            return
        self._cut_at = self._clock()
        self.limit = max(self.limit // 2, 1)
        self._best, self._wait = None, _FIRST_WAIT
        self._hold()
        self.begin()

    def begin(self) -> None:
        """Begin to measure anew, since the server got nothing for a while."""
        self._round = _Round(self._clock())

    def _decide(self, seen: Measured) -> None:
        """Choose the next limit by what a round has shown."""
        best = self._best
        if best is None and self._way == "hold":  # after a cut, more is tried only step by step
            self._best = seen
        elif best is None:
            self._best = seen
            self._search()
        elif seen.limit == best.limit and _has_changed(seen, best):
            self._best, self._way = (
                None,
                "up",
            )  # a part of this round was as before: the next one counts
        elif seen.limit == best.limit:
            self._best = Measured(best.limit, (best.rate + seen.rate) / 2)
            self._wait_or_step()
        else:
            self._judge(seen, best)

    def _search(self) -> None:
        self._has_paid = False
        self._way = "up" if self.limit < self._ceiling else "down"
        self._go(_DOUBLE if self._way == "up" else 1 / _DOUBLE)

    def _wait_or_step(self) -> None:
        self._n_waits -= 1
        if self._n_waits <= 0:
            self._go(_STEP if self._tries_more else 1 / _STEP)

    def _judge(self, seen: Measured, best: Measured) -> None:
        is_better = _is_better(seen, best)
        if is_better:
            self._best, self._wait = seen, _FIRST_WAIT
        if self._way == "up" and is_better:
            self._has_paid = True
            self._go(_DOUBLE)
        elif self._way == "up" and not self._has_paid:
            self._way, self.limit = "down", best.limit
            self._go(1 / _DOUBLE)
        elif self._way == "down" and is_better:
            self._go(1 / _DOUBLE)
        else:
            self._tries_more = is_better == (seen.limit > best.limit)
            self._hold()
            if is_better:  # what has paid is likely to pay once more
                self._n_waits = 1

    def _go(self, factor: float) -> None:
        """Try more or fewer requests; where there are none to try, stay."""
        before = self.limit
        tried = math.ceil(before * factor) if factor > 1 else int(before * factor)
        self.limit = min(max(tried, 1), self._ceiling)
        if self.limit == before:
            self._tries_more = before == 1
            self._hold()

    def _hold(self) -> None:
        self._way = "hold"
        self.limit = self._best.limit if self._best else self.limit
        self._n_waits = self._wait
        self._wait = min(2 * self._wait, _LONGEST_WAIT)


def _has_changed(seen: Measured, best: Measured) -> bool:
    """Whether as many requests are answered much faster or slower than before, so that all is to be found anew."""
    return not best.rate / _CHANGED < seen.rate < best.rate * _CHANGED


def _is_better(seen: Measured, best: Measured) -> bool:
    """Whether another limit is better: a higher one where it pays, a lower one where more does not."""
    fewer, more = sorted((seen, best))
    is_paying = more.rate >= fewer.rate * (1 + _WORTH * (more.limit / fewer.limit - 1))
    return is_paying == (seen is more)
