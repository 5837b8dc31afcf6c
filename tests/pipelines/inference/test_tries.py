import time

import pytest

from winnow.pipelines.inference.outcomes import Meaning, Outcome
from winnow.pipelines.inference.tries import Patience, Tries

SLOW = Outcome(Meaning.SLOW, "no whole answer")


@pytest.mark.parametrize(
    ("timeout_s", "deadline_s", "limits"),
    [
        (2, 60, [2, 8, 32, 60, 60]),
        (600, 900, [600, 900, 900]),
        (600, 20, [20, 20]),
    ],
)
def test_a_request_that_is_too_slow_gets_longer_up_to_the_deadline(
    timeout_s: float, deadline_s: float, limits: list[float]
) -> None:
    tries = Tries(Patience(timeout_s, deadline_s))
    got = []
    for _ in limits:
        got.append(tries.limit_s)
        tries.note(SLOW)
    assert got == limits


def test_what_one_answer_took_is_given_to_all() -> None:
    patience = Patience(2, 60)
    first, second = Tries(patience), Tries(patience)
    first.note(SLOW)
    assert (second.limit_s, patience.learn(3.0)) == (2, True)
    assert second.limit_s == 6
    assert not patience.learn(5.0)


def test_only_faults_make_a_request_suspicious() -> None:
    tries = Tries(Patience(2, 60))
    for meaning in (Meaning.LATER, Meaning.SLOW, Meaning.FAULTY, Meaning.FAULTY):
        tries.note(Outcome(meaning, "x"))
    assert (tries.n, tries.is_suspicious) == (4, False)
    tries.note(Outcome(Meaning.FAULTY, "x"))
    assert tries.is_suspicious


def test_one_outage_explains_all_faults_unless_an_answer_came_in_between() -> None:
    tries = Tries(Patience(2, 60))
    tries.begin(well_at=time.monotonic())
    tries.note(Outcome(Meaning.FAULTY, "x"))
    tries.begin(well_at=tries.asked_at)
    assert not tries.was_well_between
    tries.begin(well_at=time.monotonic())
    assert tries.was_well_between
