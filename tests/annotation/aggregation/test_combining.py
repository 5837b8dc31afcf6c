import numpy as np
import pytest

from winnow.annotation.aggregation.combining import all_good, first_difference, passes, weighted
from winnow.schemas.errors import InvalidSettings

SCORES = np.array([[1.0, 5.0], [0.0, 9.0], [np.nan, 9.0]])


def test_response_that_breaks_a_hard_constraint_is_out_whatever_else_it_is() -> None:
    assert passes(SCORES, np.array([0.5, -np.inf])).tolist() == [True, False, False]


def test_factor_that_is_no_constraint_may_be_anything() -> None:
    assert passes(SCORES, np.array([-np.inf, 4.0])).tolist() == [True, True, True]


def test_first_factor_that_differs_decides() -> None:
    a, b = (
        np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 2.0]]),
        np.array([[0.0, 9.0], [1.05, 9.0], [1.0, 2.0]]),
    )
    assert first_difference(a, b, np.array([0.1, 0.0])).tolist() == [1, -1, 0]


def test_one_poor_factor_outweighs_one_very_good() -> None:
    even, lopsided = all_good(np.array([[0.0, 0.0], [-5.0, 50.0]]), np.zeros(2), np.ones(2))
    assert even == pytest.approx(2 * np.log(0.5))
    assert lopsided < even


def test_weights_may_be_one_vector_or_several() -> None:
    scores = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert weighted(scores, np.array([1.0, 0.5])).tolist() == [2, 5]
    assert weighted(scores, np.array([[1.0, 0.0], [0.0, 1.0]])).tolist() == [[1, 2], [3, 4]]


def test_settings_for_another_number_of_factors_are_refused() -> None:
    with pytest.raises(InvalidSettings, match="weights is for 3 factors, wanted 2"):
        weighted(SCORES, np.ones(3))


def test_scale_has_to_be_positive() -> None:
    with pytest.raises(InvalidSettings, match=r"scale has 0\.0, wanted positive"):
        all_good(SCORES, np.zeros(2), np.array([1.0, 0.0]))
