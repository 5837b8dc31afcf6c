import numpy as np
import pytest

from tests.annotation.evaluation.made_up import known
from winnow.annotation.evaluation.length import measure_length


def test_a_judge_that_always_prefers_the_longer_is_measured_against_gold() -> None:
    sides = {"p": "a", "q": "b", "r": "a", "s": "a"}
    labelled = known(sides, n_chars_a=[9, 9, 1, 5], n_chars_b=[1, 1, 9, 5])
    found = measure_length(np.arange(4), np.array([1, 1, -1, 1.0]), labelled)
    assert found.longer and found.gold_longer and found.bias
    assert (found.longer.value, found.longer.n) == (1.0, 3)
    assert found.gold_longer.value == pytest.approx(1 / 3)
    assert found.bias.value == pytest.approx(2 / 3)


def test_unknown_lengths_tell_nothing() -> None:
    assert measure_length(np.arange(1), np.ones(1), known({"x": "a"})) == (None, None, None)
