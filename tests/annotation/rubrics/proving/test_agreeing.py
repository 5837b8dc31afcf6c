"""How far judges agree, against the agreement of annotators and by hand."""

import numpy as np
import pytest

from winnow.annotation.quality.alpha import alpha
from winnow.annotation.rubrics.proving.agreeing import (
    LEAST_WEIGHT,
    judge_agreement,
    judge_weights,
    people_agreement,
)


def test_with_equal_weights_it_is_the_alpha_of_annotators() -> None:
    rng = np.random.default_rng(1)
    truth = rng.random(60) < 0.4
    met = np.where(rng.random((4, 60)) < 0.8, truth, ~truth).astype(np.float64)
    met[rng.random((4, 60)) < 0.2] = np.nan
    is_said = ~np.isnan(met)
    items = np.broadcast_to(np.arange(60), met.shape)[is_said]
    expected = alpha(items, met[is_said], n_resamples=0).value
    for weight in (1.0, 2.5):
        found = judge_agreement(met, np.full(4, weight), np.arange(60))
        assert found is not None
        assert found.value == pytest.approx(expected)
        assert found.low is not None
        assert found.high is not None
        assert found.low < found.value < found.high


def test_a_judge_that_proves_nothing_hardly_lowers_the_agreement_of_the_others() -> None:
    rng = np.random.default_rng(2)
    truth = (rng.random(200) < 0.5).astype(np.float64)
    coin = (rng.random(200) < 0.5).astype(np.float64)
    met = np.stack([truth, truth, coin])
    equal, weighed = (
        judge_agreement(met, weight, np.arange(200))
        for weight in (np.ones(3), np.array([2.0, 2.0, LEAST_WEIGHT]))
    )
    assert equal is not None
    assert weighed is not None
    assert equal.value < 0.5
    assert weighed.value > 0.9


def test_nothing_is_said_of_one_judge_or_of_judges_that_always_say_the_same() -> None:
    assert judge_agreement(np.array([[1.0, 0, 1]]), np.ones(1), np.arange(3)) is None
    assert judge_agreement(np.ones((2, 3)), np.ones(2), np.arange(3)) is None


def test_a_judge_is_weighed_by_its_agreement_with_the_others_without_a_rubric() -> None:
    lean = np.array([[1.0, 1, -1, -1], [1, 1, -1, -1], [-1, 1, -1, 1]])
    found = judge_weights(lean, lean[[0, 2, 1]])
    assert found.tolist() == pytest.approx([np.log(2), np.log(2), LEAST_WEIGHT])


def test_a_judge_that_was_not_heard_without_is_weighed_by_its_agreement_by_the_rubric() -> None:
    lean = np.array([[1.0, 1, -1, -1], [1, 1, -1, -1], [-1, 1, -1, 1]])
    found = judge_weights(np.full((3, 4), np.nan), lean)
    assert found.tolist() == pytest.approx([np.log(2), np.log(2), LEAST_WEIGHT])
    assert judge_weights(np.full((1, 4), np.nan), lean[:1]).tolist() == [LEAST_WEIGHT]


def test_agreement_with_people_is_with_most_of_them() -> None:
    people = np.array([[1.0, 1, 0, np.nan], [1, 0, 0, np.nan], [0, 0, 0, np.nan]])
    found = people_agreement(np.array([1.0, 1, 0, 1]), people, np.arange(4))
    assert found is not None
    assert found.value == pytest.approx(2 / 3)
    assert found.n == 3
    assert people_agreement(np.ones(2), np.empty((0, 2)), np.arange(2)) is None
