"""What a criterion says beside the length of responses."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from winnow.annotation.rubrics.proving.lengths import length_matched, rank_correlation


def test_the_correlation_is_spearmans() -> None:
    rng = np.random.default_rng(3)
    length = rng.integers(1, 30, 80).astype(np.float64)
    met = (length + rng.normal(0, 10, 80) > 15).astype(np.float64)
    met[:5] = np.nan
    found = rank_correlation(met, length, 40)
    assert found is not None
    assert found.value == pytest.approx(float(spearmanr(met[5:], length[5:])[0]))
    assert found.n == 75
    assert rank_correlation(np.ones(9), np.arange(9, dtype=np.float64), 9) is None


def test_what_says_no_more_than_the_length_is_right_in_one_half_once_lengths_are_matched() -> None:
    # The longer is preferred in 8 of 10; the criterion favours it in 20 cases and the shorter in 10, whatever is preferred.
    longer = np.where(np.arange(30) < 20, 1.0, -1.0)
    prefers_longer = np.concatenate([np.tile([1, 1, 1, 1, 0], 4), np.tile([1, 1, 1, 1, 0], 2)])
    wins = np.where(longer > 0, prefers_longer, 1 - prefers_longer).astype(np.float64)
    assert wins.mean() > 0.5
    found = length_matched(wins, longer)
    assert found.right is not None
    assert found.right.value == pytest.approx(0.5)
    assert found.p == pytest.approx(0.5)


def test_what_says_more_than_the_length_keeps_it() -> None:
    longer = np.where(np.arange(40) % 2 == 0, 0.5, -0.5)
    found = length_matched(np.where(np.arange(40) < 36, 1.0, 0.0), longer)
    assert found.right is not None
    assert found.right.value == pytest.approx(0.9)
    assert found.p < 1e-5


def test_what_always_favours_the_longer_cannot_be_told_from_length() -> None:
    found = length_matched(np.ones(20), np.full(20, 0.3))
    assert (found.right, found.p) == (None, 1)


def test_without_lengths_nothing_is_held_against_it() -> None:
    assert length_matched(np.ones(20), np.full(20, np.nan)).p == 0


def test_responses_of_one_length_are_matched_as_they_are() -> None:
    found = length_matched(np.array([1.0] * 15 + [0.0] * 5), np.zeros(20))
    assert found.right is not None
    assert found.right.value == pytest.approx(0.75)


def test_what_says_no_more_than_the_length_fails_where_prompts_have_many_comparisons() -> None:
    rng = np.random.default_rng(4)
    cluster = np.repeat(np.arange(20), 10)
    passed = 0
    for _ in range(200):
        favours_longer = np.repeat(rng.random(20) < 0.6, 10)
        prefers_longer = np.repeat(rng.random(20) < 0.7, 10)
        longer = np.where(favours_longer, 1.0, -1.0) * np.abs(rng.normal(0, 0.5, 200))
        wins = (favours_longer == prefers_longer).astype(np.float64)
        passed += length_matched(wins, longer, cluster).p <= 0.05
    assert passed <= 16
