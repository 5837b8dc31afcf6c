"""Weights from verdicts find what was planted and leave out the rest."""

import numpy as np
import pytest

from tests.annotation.rubrics.merging.toy import known
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
    weights = fitted_weights(known(drawn(seed, 500, [0.85] * 4 + [0.5] * 16)))
    assert weights is not None
    assert (weights[:4] > 0).all()
    assert (weights[4:] > 0).sum() <= 3
    assert weights[:4].min() > weights[4:].max()


def test_no_weight_is_below_0() -> None:
    weights = fitted_weights(known(drawn(1, 300, [0.9, 0.1])))
    assert weights is not None
    assert weights[0] > 0 == weights[1]


def test_few_comparisons_and_pure_noise_give_no_weights() -> None:
    assert fitted_weights(known(drawn(1, 49, [0.9, 0.9]))) is None
    assert fitted_weights(known(np.zeros((100, 3)))) is None


def test_gains_and_accuracy_are_counts() -> None:
    differences = known(np.array([[1.0, np.nan], [1.0, -1.0], [0.0, np.nan], [-1.0, 1.0]]))
    assert gains(differences).tolist() == [0.25, 0.0]
    assert accuracy(differences, np.array([1.0, 0.0])) == (2 + 0.5) / 4
    assert accuracy(known(np.empty((0, 2))), np.ones(2)) == 0.5


def test_leaving_out_costs_what_the_accuracy_falls_by() -> None:
    differences, weights = known(drawn(2, 200, [0.9, 0.6])), np.array([2.0, 1.0])
    costs = cost_of_leaving_out(differences, weights)
    fall = accuracy(differences, weights) - accuracy(differences, np.array([0.0, 1.0]))
    assert costs[0] == pytest.approx(fall)
    assert costs[0] > costs[1]


def test_opposites_decide_against_each_other_and_two_of_a_mind_do_not() -> None:
    one = drawn(3, 60, [0.8])[:, 0]
    other = drawn(4, 60, [0.8])[:, 0]
    assert opposed(known(np.column_stack([one, other, -one]))) == [(0, 2)]
    assert opposed(known(np.column_stack([one, -one])[:9])) == []


@pytest.mark.parametrize("seed", range(4))
def test_figures_are_those_of_the_whole_matrix(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, k = 120, 300  # more criteria than are looked at in one go
    dense = drawn(seed, n, rng.uniform(0.1, 0.9, k).tolist())
    dense[:, 1::2] = -dense[:, ::2] * np.where(rng.random((n, k // 2)) < 0.1, -1, 1)
    dense[rng.random((n, k)) < 0.5] = np.nan
    weights = rng.uniform(0, 2, k)
    found = known(dense)
    assert gains(found) == pytest.approx(np.nansum(dense, axis=0) / (~np.isnan(dense)).sum(axis=0))
    filled = np.nan_to_num(dense)

    def right(some: np.ndarray) -> float:
        totals = filled @ some
        return float(np.where(np.abs(totals) < 1e-6, 0.5, totals > 0).mean())

    assert accuracy(found, weights) == pytest.approx(right(weights))
    costs = [right(weights) - right(np.where(np.arange(k) == i, 0, weights)) for i in range(k)]
    assert cost_of_leaving_out(found, weights) == pytest.approx(np.array(costs))
    both = np.abs(filled).T @ np.abs(filled)
    agreement = filled.T @ filled / np.maximum(both, 1)
    pairs = np.argwhere(np.triu((both >= 10) & (agreement < -0.7), k=1)).tolist()
    assert len(pairs) > 50
    assert opposed(found) == [tuple(pair) for pair in pairs]


def test_weights_are_those_of_a_regression_on_the_whole_matrix() -> None:
    from sklearn.linear_model import LogisticRegression

    from winnow.annotation.rubrics.merging import weighing

    dense = drawn(5, 200, [0.9, 0.7, 0.5, 0.3])
    turned = np.where(np.arange(200) % 2 == 0, 1.0, -1.0)
    model = LogisticRegression(
        l1_ratio=1, C=0.3, solver="liblinear", fit_intercept=False, random_state=0
    )
    direct = model.fit(dense * turned[:, None], turned).coef_[0]
    found = weighing._fit(known(dense).tocsr(), turned, 0.3)
    assert found == pytest.approx(direct, abs=1e-6)
