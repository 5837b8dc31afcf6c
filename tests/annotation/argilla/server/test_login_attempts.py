"""Passwords cannot be tried at will: the rule by itself, and on the real server."""

import itertools

import httpx
import pytest

from winnow.annotation.argilla.server import Address, ArgillaServer
from winnow.annotation.argilla.server.login_attempts import LoginAttempts


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def pauses(attempts: LoginAttempts, clock: Clock, n: int) -> list[float]:
    """Fail `n` times, waiting as long as told, and give what was told."""
    told = []
    for _ in range(n):
        while wait := attempts.begin("ann", "here"):
            told.append(wait)
            clock.now += wait
    return told


def test_the_pause_doubles_with_every_failure_up_to_a_limit() -> None:
    clock = Clock()
    attempts = LoginAttempts(n_free=3, longest_pause_s=8, clock=clock)
    assert pauses(attempts, clock, 8) == [1, 2, 4, 8, 8]


def test_attempts_made_at_once_are_no_way_round() -> None:
    attempts = LoginAttempts(n_free=3, clock=Clock())
    assert [attempts.begin("ann", "here") > 0 for _ in range(5)] == [False] * 3 + [True] * 2


def test_who_gets_in_is_forgotten_and_so_is_who_stayed_away_for_long() -> None:
    clock = Clock()
    attempts = LoginAttempts(n_free=2, clock=clock)
    pauses(attempts, clock, 2)
    clock.now += 1
    assert attempts.begin("ann", "here") == 0
    attempts.succeeded("ann", "here")
    assert [attempts.begin("ann", "here") for _ in range(2)] == [0, 0]
    clock.now += 10_000
    assert [attempts.begin("ann", "here") for _ in range(2)] == [0, 0]


def test_nobody_waits_for_what_others_did_and_memory_is_bounded() -> None:
    attempts = LoginAttempts(n_free=1, n_kept=10, clock=Clock())
    for name, address in itertools.product(map(str, range(50)), ("here", "there")):
        assert attempts.begin(name, address) == 0
    assert len(attempts._failures) == 10
    assert attempts.begin("49", "there") > 0


@pytest.mark.server
def test_after_wrong_passwords_a_login_is_told_to_wait_and_others_get_in(
    argilla: Address, argilla_server: ArgillaServer
) -> None:
    passwords = {a.name: a.password for a in argilla_server.credentials().annotators}

    def sign_in(name: str, password: str, address: str = "203.0.113.7") -> httpx.Response:
        form = {"username": name, "password": password}
        headers = {"X-Forwarded-For": address}  # as a proxy on this machine says who asks
        return httpx.post(f"{argilla.url}/api/v1/token", data=form, headers=headers)

    assert [sign_in("cem", "wrong").status_code for _ in range(5)] == [401] * 5
    told = sign_in("cem", passwords["cem"])
    while told.status_code == 201:  # it was slower than the pause: fail on, for a longer one
        told = [sign_in("cem", "wrong") for _ in range(8)][-1]
    assert told.status_code == 429 and int(told.headers["Retry-After"]) >= 1
    assert "too many wrong passwords: try again in" in told.json()["detail"]
    assert sign_in("ann", passwords["ann"]).status_code == 201
    assert sign_in("cem", passwords["cem"], "203.0.113.8").status_code == 201
