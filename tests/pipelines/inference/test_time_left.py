"""The estimate over a clock that a test moves: what is stated at any moment against what it then really took."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from winnow.pipelines.inference.time_left import TimeLeft, time_left
from winnow.pipelines.inference.work import Work

MAX_TOKENS = 512
SMALL_S = 100.0
"""What one answer takes here: when the very last ones end is their luck, and an estimate may be off by as much."""


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Replayed:
    """An engine that works on `n_slots` requests at once, each for as long as it is told, on a clock of the test's."""

    lengths: list[int]
    n_slots: int
    token_s: float
    tells_tokens: bool
    clock: Clock = field(default_factory=Clock)

    def stated(self, every_s: float) -> Iterator[tuple[float, TimeLeft | None]]:
        """Give at each moment the seconds since the beginning and the time said to be left."""
        work = Work(self.clock, self.clock)
        began = self.clock.now
        waiting = list(enumerate(self.lengths))
        ends: dict[int, float] = {}
        begun: dict[int, float] = {}
        while waiting or ends:
            while waiting and len(ends) < self.n_slots:
                i, n = waiting.pop(0)
                begun[i] = self.clock.now
                ends[i] = self.clock.now + n * self.token_s
                work.begin(str(i))
            next_look = began + every_s * (int((self.clock.now - began) / every_s) + 1)
            first = min(ends, key=lambda i: ends[i])
            if ends[first] <= next_look:
                self.clock.now = ends.pop(first)
                work.end(str(first), self.lengths[first])
                continue
            self.clock.now = next_look
            if self.tells_tokens:
                work.generate(sum(int((next_look - begun[i]) / self.token_s) for i in ends))
            told = work.now()
            yield next_look - began, time_left(told, len(waiting), MAX_TOKENS)
        self.took_s = self.clock.now - began


def same(n: int) -> list[int]:
    return [200] * n


def to_the_limit(n: int) -> list[int]:
    return [MAX_TOKENS] * n


def about_alike(n: int) -> list[int]:
    draw = random.Random(1)
    return [draw.randint(150, 250) for _ in range(n)]


def unlike(n: int) -> list[int]:
    draw = random.Random(2)
    return [min(MAX_TOKENS, 1 + int(draw.expovariate(1 / 120))) for _ in range(n)]


@pytest.mark.parametrize("tells_tokens", [True, False], ids=["tokens", "requests"])
@pytest.mark.parametrize("n_slots", [8, 64])
@pytest.mark.parametrize("n", [64, 100, 400, 2000])
@pytest.mark.parametrize("lengths", [same, about_alike, unlike, to_the_limit])
def test_time_left_is_right_within_a_factor_of_two_after_the_first_minute(
    lengths: Callable[[int], list[int]], n: int, n_slots: int, tells_tokens: bool
) -> None:
    replayed = Replayed(lengths(n), n_slots, token_s=0.5, tells_tokens=tells_tokens)
    stated = list(replayed.stated(every_s=5.0))
    known = [(at, left) for at, left in stated if at >= 60.0 and left and not left.is_most]
    wrong = [
        (at, left.seconds, replayed.took_s - at)
        for at, left in known
        if not is_near(left.seconds, replayed.took_s - at)
    ]
    assert not wrong, (len(wrong), len(known))


def is_near(stated: float, real: float) -> bool:
    return abs(stated - real) <= SMALL_S or 0.5 <= stated / max(real, 1e-9) <= 2.0


def test_nothing_is_said_in_the_first_seconds_and_only_a_limit_before_a_few_are_done() -> None:
    replayed = Replayed(same(64), 8, token_s=0.5, tells_tokens=True)
    stated = dict(replayed.stated(every_s=5.0))
    assert stated[5.0] is None
    early = stated[60.0]
    assert early is not None and early.is_most
    assert early.seconds >= replayed.took_s - 60.0


def test_without_tokens_nothing_is_known_before_anything_is_done() -> None:
    replayed = Replayed(same(64), 8, token_s=0.5, tells_tokens=False)
    stated = dict(replayed.stated(every_s=5.0))
    assert stated[95.0] is None and stated[105.0] is not None
