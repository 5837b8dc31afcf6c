"""How counts are told."""

import pytest

from winnow.schemas.plurals import agreeing, counted


@pytest.mark.parametrize(
    ("n", "told"), [(0, "0 replies"), (1, "1 reply"), (1.5, "1.5 replies"), (1204, "1,204 replies")]
)
def test_only_one_is_told_in_the_singular(n: float, told: str) -> None:
    assert counted(n, "reply", "replies") == told


def test_most_nouns_take_an_s() -> None:
    assert (counted(1, "request"), counted(12, "request")) == ("1 request", "12 requests")


def test_a_verb_follows_its_count() -> None:
    assert [f"{counted(n, 'item')} {agreeing(n, 'waits', 'wait')}" for n in (1, 2)] == [
        "1 item waits",
        "2 items wait",
    ]
