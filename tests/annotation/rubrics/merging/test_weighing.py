"""Weights from verdicts find what was planted and leave out the rest."""

import numpy as np
import pytest

from winnow.annotation.rubrics.merging.weighing import (
    accuracy,
    cost_of_leaving_out,
    fitted_weights,
    gains,
    opposed,
)


def drawn(seed: int, n: int, hits: list[float], told: float = 0.6) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shape = (n, len(hits))
    wins = np.where(rng.random(shape) < np.array(hits), 1.0, -1.0)
    return np.where(rng.random(shape) < told, wins, 0.0)


@pytest.mark.parametrize("seed", range(3))
def test_planted_criteria_are_found_among_noise(seed: int) -> None:
    weights = fitted_weights(drawn(seed, 500, [0.85] * 4 + [0.5] * 16))
    assert weights is not None
    assert (weights[:4] > 0).all()
    assert (weights[4:] > 0).sum() <= 3
    assert weights[:4].min() > weights[4:].max()


def test_no_weight_is_below_0() -> None:
    weights = fitted_weights(drawn(1, 300, [0.9, 0.1]))
    assert weights is not None
    assert weights[0] > 0 == weights[1]


def test_few_comparisons_and_pure_noise_give_no_weights() -> None:
    assert fitted_weights(drawn(1, 49, [0.9, 0.9])) is None
    assert fitted_weights(np.zeros((100, 3))) is None


def test_gains_and_accuracy_are_counts() -> None:
    differences = np.array([[1.0, np.nan], [1.0, -1.0], [0.0, np.nan], [-1.0, 1.0]])
    assert gains(differences).tolist() == [0.25, 0.0]
    assert accuracy(differences, np.array([1.0, 0.0])) == (2 + 0.5) / 4
    assert accuracy(differences[:0], np.ones(2)) == 0.5


def test_leaving_out_costs_what_the_accuracy_falls_by() -> None:
    differences, weights = drawn(2, 200, [0.9, 0.6]), np.array([2.0, 1.0])
    costs = cost_of_leaving_out(differences, weights)
    assert costs[0] == accuracy(differences, weights) - accuracy(differences, np.array([0.0, 1.0]))
    assert costs[0] > costs[1]


def test_opposites_decide_against_each_other_and_two_of_a_mind_do_not() -> None:
    one = drawn(3, 60, [0.8])[:, 0]
    other = drawn(4, 60, [0.8])[:, 0]
    assert opposed(np.column_stack([one, other, -one])) == [(0, 2)]
    assert opposed(np.column_stack([one, -one])[:9]) == []
