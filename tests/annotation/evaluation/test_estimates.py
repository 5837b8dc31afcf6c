import numpy as np
import pytest

from winnow.annotation.evaluation.estimates import mean_of, share_of


def test_independent_cases_have_the_published_wilson_interval() -> None:
    found = share_of(np.array([1.0] * 8 + [0.0] * 2), np.arange(10))
    assert found is not None
    assert (found.value, found.n) == (0.8, 10)
    # Newcombe 1998 gives 0.4902 to 0.9433; Student's quantile and the n / (n - 1) of the variance widen it.
    assert found.low == pytest.approx(0.4270, abs=0.0005)
    assert found.high == pytest.approx(0.9433, abs=0.015)


def test_comparisons_of_one_prompt_count_less_than_those_of_many() -> None:
    values = np.repeat([1.0, 0.0, 1.0, 1.0], 25)
    alone = share_of(values, np.arange(100))
    together = share_of(values, np.repeat(np.arange(4), 25))
    assert alone and together
    assert alone.value == together.value == 0.75
    assert together.high - together.low > 3 * (alone.high - alone.low)


def test_cases_that_are_all_alike_leave_what_their_number_leaves_open() -> None:
    found = share_of(np.ones(12), np.arange(12))
    assert found is not None
    # Wilson's interval with Student's quantile of 11 degrees of freedom, 2.201: 12 / (12 + 2.201 ** 2).
    assert found.low == pytest.approx(0.7124, abs=0.0005)
    assert found.high == 1.0


def test_always_half_is_no_certainty() -> None:
    found = share_of(np.full(100, 0.5), np.arange(100))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((0.4027, 0.5973), abs=0.0005)


def test_the_interval_covers_the_truth_about_95_times_in_100() -> None:
    rng, hits = np.random.default_rng(0), 0
    for _ in range(400):
        ease = rng.beta(4, 1.5, 60)
        cluster = np.repeat(np.arange(60), 4)
        found = share_of((rng.random(240) < ease[cluster]).astype(float), cluster)
        assert found is not None
        hits += found.low <= 4 / 5.5 <= found.high
    assert 0.92 <= hits / 400 <= 0.98


def test_weights_make_a_part_count_more() -> None:
    found = share_of(np.array([1.0, 0.0, 0.0]), np.arange(3), np.array([2.0, 1.0, 1.0]))
    assert found is not None
    assert found.value == 0.5


def test_differences_have_students_interval_over_prompts() -> None:
    found = mean_of(np.array([0.1, 0.2, 0.3, 0.4]), np.array([0, 1, 2, 3]))
    assert found is not None
    assert found.value == pytest.approx(0.25)
    assert (found.low, found.high) == pytest.approx((0.0446, 0.4554), abs=1e-4)


def test_one_prompt_alone_leaves_no_interval() -> None:
    found = mean_of(np.array([0.1, 0.2]), np.array([0, 0]))
    assert found is not None
    assert (found.low, found.high) == (None, None)


def test_nothing_is_known_of_nothing() -> None:
    assert share_of(np.zeros(0), np.zeros(0, int)) is None
    assert mean_of(np.zeros(0), np.zeros(0, int)) is None
