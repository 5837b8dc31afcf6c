"""The coding rate is what its formula says, and choosing by it takes one of each kind first."""

import numpy as np
from scipy import sparse

from winnow.annotation.rubrics.merging.selecting import choose, coding_rate


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def planted(seed: int, n_kinds: int, each: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    kinds = np.repeat(np.eye(n_kinds, 12), each, axis=0)
    return unit(kinds + 0.05 * rng.normal(size=kinds.shape))


def test_the_rate_is_half_the_logdet_computed_directly() -> None:
    x = unit(np.random.default_rng(1).normal(size=(7, 4)))
    direct = 0.5 * np.log(np.linalg.det(np.eye(4) + x.T @ x / (0.1**2 * 7)))
    assert np.isclose(coding_rate(x, 7), direct)
    singular = np.linalg.svd(x, compute_uv=False)
    assert np.isclose(coding_rate(x, 7), 0.5 * np.log(1 + singular**2 / (0.01 * 7)).sum())
    assert np.isclose(coding_rate(sparse.csr_array(x), 7), direct)


def test_what_is_there_already_adds_hardly_anything() -> None:
    x = unit(np.random.default_rng(2).normal(size=(5, 30)))
    twice = coding_rate(np.vstack([x, x[:1]]), 8) - coding_rate(x, 8)
    new = coding_rate(np.vstack([x, np.eye(1, 30)]), 8) - coding_rate(x, 8)
    assert twice < 0.35 < 1 < new


def test_one_of_each_planted_kind_is_chosen_before_a_second_of_any() -> None:
    x = planted(3, n_kinds=4, each=10)
    chosen = choose(sparse.csr_array(x), np.ones(40), most=4)
    assert sorted(place // 10 for place in chosen) == [0, 1, 2, 3]


def test_each_choice_is_the_one_that_increases_the_rate_most() -> None:
    rng = np.random.default_rng(4)
    x, values = unit(rng.normal(size=(12, 5))), rng.random(12)
    scaled, chosen = x * np.sqrt(values)[:, None], choose(sparse.csr_array(x), values, most=6)
    for k in range(6):
        rates = {
            i: coding_rate(scaled[[*chosen[:k], i]], 6) for i in range(12) if i not in chosen[:k]
        }
        assert np.isclose(rates[chosen[k]], max(rates.values()))


def test_what_is_worth_nothing_is_chosen_last() -> None:
    x = planted(5, n_kinds=3, each=1)
    assert choose(sparse.csr_array(x), np.array([0.0, 0.5, 1.0]), most=3) == [2, 1, 0]
    assert choose(sparse.csr_array(np.zeros((2, 3))), np.ones(2), most=5) == [0, 1]
