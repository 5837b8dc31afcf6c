"""How many requests a server gets, against servers of a known capacity that live on a clock of their own."""

import heapq
import random
from collections.abc import Callable

import pytest

from winnow.pipelines.inference.level import FIRST, Level


class Slots:
    """A server that works on so many requests at a time and lets the others wait; asked as long as its level allows."""

    def __init__(self, n_slots: int, takes_s: Callable[[], float], ceiling: int = 256) -> None:
        self.n_slots = n_slots
        self.now, self.most = 0.0, 0
        self.level = Level(ceiling, clock=lambda: self.now)
        self._takes_s = takes_s
        self._waiting: list[float] = []
        self._working: list[tuple[float, float]] = []

    def answer(self, n: int) -> float:
        """Answer requests; gives the seconds that it took."""
        began = self.now
        n_asked = n_done = 0
        while n_done < n:
            while n_asked - n_done < self.level.limit and n_asked < n:
                self._waiting.append(self.now)
                n_asked += 1
            self.most = max(self.most, n_asked - n_done)
            while self._waiting and len(self._working) < self.n_slots:
                heapq.heappush(self._working, (self.now + self._takes_s(), self._waiting.pop(0)))
            self.now, asked_at = heapq.heappop(self._working)
            self.level.answered(asked_at, n_asked - n_done)
            n_done += 1
        return self.now - began


def uneven(seed: int) -> Callable[[], float]:
    drawn = random.Random(seed)
    return lambda: drawn.uniform(0.2, 1.8)


@pytest.mark.parametrize("n_slots", [1, 4, 8, 30, 64, 100])
def test_a_server_is_kept_busy_and_little_waits_there(n_slots: int) -> None:
    server = Slots(n_slots, uneven(n_slots))
    server.answer(200 * n_slots)
    took_s = server.answer(200 * n_slots)
    assert took_s <= 200 / 0.9
    assert server.level.limit <= max(4 * n_slots, FIRST)


def test_a_few_requests_go_out_at_once() -> None:
    server = Slots(1000, uneven(1))
    server.answer(FIRST)
    assert server.most == FIRST


def test_the_ceiling_is_kept_to_and_reached_where_that_pays() -> None:
    for ceiling in (1, 20, 256):
        server = Slots(1000, uneven(2), ceiling)
        server.answer(4000)
        assert server.most == server.level.limit == ceiling


def test_a_server_that_can_do_less_than_before_gets_less() -> None:
    server = Slots(128, uneven(3))
    server.answer(8000)
    before = server.level.limit
    server.n_slots = 8
    server.answer(12_000)
    assert before >= 64
    assert server.level.limit <= before / 4


def test_a_server_that_says_it_has_too_much_gets_half_and_more_again_later() -> None:
    server = Slots(1000, uneven(4), ceiling=64)
    server.answer(300)
    asked_at = server.now
    assert server.level.limit == 64
    server.now += 1.0
    for _ in range(64):  # what was in flight when it said so first says nothing new
        server.level.overloaded(asked_at)
    assert server.level.limit == 32
    server.level.overloaded(server.now + 1.0)
    assert server.level.limit == 16
    server.answer(4000)
    assert server.level.limit > 32


def test_a_job_that_keeps_a_server_half_busy_teaches_nothing() -> None:
    now = 0.0
    level = Level(256, clock=lambda: now)
    for i in range(1000):
        now = float(i)
        level.answered(now, n_in_flight=4)
    assert level.limit == FIRST
