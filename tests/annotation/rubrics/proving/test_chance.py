"""What chance alone would do, against direct counting."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest

from winnow.annotation.rubrics.proving.chance import (
    chance_of_passing,
    holm,
    lower_bound,
    net_wins,
    sign_test,
    upper_bound,
)


def test_the_sign_test_is_the_exact_binomial_test() -> None:
    for wins, losses in product(range(6), repeat=2):
        found = float(sign_test(np.array(wins), np.array(losses)))
        expected = 1.0
        if wins + losses:
            expected = binomtest(wins, wins + losses, alternative="greater").pvalue
        assert found == pytest.approx(expected)


def test_the_bound_is_above_one_half_just_where_the_test_passes() -> None:
    for wins, losses, level in product(range(12), range(12), (0.05, 0.01, 0.001)):
        passes = float(sign_test(np.array(wins), np.array(losses))) <= level
        assert (lower_bound(wins, losses, level) > 0.5) == passes
    assert upper_bound(3, 0, 0.05) == 1
    assert upper_bound(0, 3, 0.05) == pytest.approx(1 - 0.05 ** (1 / 3))


def test_holm_steps_down_from_the_smallest() -> None:
    assert holm(np.array([0.04, 0.001, 0.02, 0.013]), 0.05, 4).passes.all()
    assert holm(np.array([0.04, 0.02, 0.03]), 0.05, 3).passes.tolist() == [False] * 3
    first = holm(np.array([0.001, 0.03, 0.9]), 0.05, 3)
    assert first.passes.tolist() == [True, False, False]
    assert first.level.tolist() == pytest.approx([0.05 / 3, 0.025, 0.025])


def test_what_was_tried_before_counts() -> None:
    assert holm(np.array([0.02]), 0.05, 1).passes.all()
    assert not holm(np.array([0.02]), 0.05, 3).passes.any()


def test_the_chance_of_a_coin_is_what_all_its_throws_say() -> None:
    for n, level in product(range(9), (0.5, 0.2, 0.05, 0.01)):
        throws = [sum(t) for t in product((0, 1), repeat=n)]
        passing = [float(sign_test(np.array(w), np.array(n - w))) <= level for w in throws]
        assert chance_of_passing(n, level) == pytest.approx(np.mean(passing))
    assert chance_of_passing(4, 0.05) == 0


def test_comparisons_of_one_prompt_count_once() -> None:
    outcome = np.array([1.0, 1, 1, -1, 0.5, np.nan, 0, -0.5])
    assert net_wins(outcome, np.array([0, 0, 0, 0, 1, 1, 2, 3])) == (2, 1)
