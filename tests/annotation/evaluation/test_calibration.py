import numpy as np
import pytest

from tests.annotation.evaluation.made_up import known
from winnow.annotation.evaluation.calibration import calibrate_probability, calibrate_strength

TEN = {str(k): "b" for k in range(10)}


def test_a_judge_that_is_as_often_right_as_it_says_has_no_error() -> None:
    p_b = np.array([0.8] * 8 + [0.2] * 2)
    found = calibrate_probability(np.arange(10), p_b, known(TEN))
    assert found is not None
    assert found.error == pytest.approx(0.0)
    assert [(round(b.stated, 3), b.right.value, b.right.n) for b in found.bins] == [(0.8, 0.8, 10)]


def test_overconfidence_is_the_gap_weighed_by_the_bins() -> None:
    p_b = np.array([0.95] * 5 + [0.05] * 5)
    found = calibrate_probability(np.arange(10), p_b, known(TEN))
    assert found is not None
    assert found.error == pytest.approx(0.45)


def test_comparisons_without_a_stated_probability_or_without_gold_are_left_out() -> None:
    labelled = known({"x": "b", "y": "tie"})
    p_b = np.array([np.nan, 0.9])
    assert calibrate_probability(np.arange(2), p_b, labelled) is None


def test_strengths_have_bins_but_no_error() -> None:
    found = calibrate_strength(np.arange(10), np.array([3.0] * 4 + [-1.0] * 6), known(TEN))
    assert found is not None
    assert found.error is None
    assert [(b.stated, b.right.value) for b in found.bins] == [(1.0, 0.0), (3.0, 1.0)]
