import numpy as np
import pytest

from tests.annotation.aggregation.simulated import judgments
from winnow.annotation.aggregation.opinions import gather_opinions
from winnow.annotation.aggregation.reliability import count_hits
from winnow.annotation.aggregation.votes import read_votes

CERTAIN_A = np.array([[1.0, 0.0, 0.0]])


def test_verdicts_for_the_better_side_are_right() -> None:
    opinions = gather_opinions(read_votes(judgments(("i", "x", None, "a"), ("i", "y", None, "b"))))
    hits = count_hits(CERTAIN_A, opinions)
    assert (hits.right.tolist(), hits.wrong.tolist()) == ([1, 0], [0, 1])


def test_verdict_that_flips_is_half_right() -> None:
    opinions = gather_opinions(read_votes(judgments(("i", "x", "ab", "a"), ("i", "x", "ba", "b"))))
    hits = count_hits(CERTAIN_A, opinions)
    assert (hits.right[0], hits.wrong[0]) == (0.5, 0.5)


def test_tie_verdict_is_neither_right_nor_wrong() -> None:
    opinions = gather_opinions(read_votes(judgments(("i", "x", None, "tie"))))
    hits = count_hits(CERTAIN_A, opinions)
    assert (hits.right[0], hits.wrong[0]) == (0, 0)
    assert hits.accuracy[0] == pytest.approx(0.5)
