import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from winnow.pipelines.shortcuts.accuracy import area_under_curve, scores_of


def test_a_guess_is_right_wrong_or_half_right() -> None:
    guesses = np.array([2.0, -0.5, 0.0])
    assert scores_of(guesses).tolist() == [1, 0, 0.5]
    assert scores_of(guesses, np.array([-1.0, -1.0, 1.0])).tolist() == [0, 1, 0.5]


def test_the_area_under_the_curve_is_that_of_the_mirrored_data() -> None:
    differences = np.random.default_rng(1).normal(0.4, 1, 200).round(1)
    mirrored = np.concatenate([differences, -differences])
    expected = roc_auc_score(np.repeat([1, 0], 200), mirrored)
    assert area_under_curve(differences) == pytest.approx(expected)


def test_differences_of_one_size_have_no_curve() -> None:
    assert area_under_curve(np.array([1.0, -1.0, 0.0])) is None
