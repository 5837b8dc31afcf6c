"""The mathematics of rollouts: shares, intervals, and the bias of a label that any success makes."""

from itertools import pairwise

import numpy as np
import pytest

from winnow.pipelines.rollouts import Outcomes, count, progress, reading_of


def scores(before: Outcomes | None, after: Outcomes) -> dict[str, float]:
    return {r.attribute: r.score for r in reading_of("r", before, after, "are right").ratings}


@pytest.mark.parametrize(("n", "expected"), [(8, 0.57), (2, 0.19)])
def test_any_success_of_many_calls_a_bad_step_good(n: int, expected: float) -> None:
    drawn = np.random.default_rng(5).random((20_000, n)) < 0.1
    found = [scores(None, count(row.tolist()))["step"] for row in drawn]
    assert np.mean(np.array(found) == 1) == pytest.approx(expected, abs=0.01)
    assert 1 - 0.9**n == pytest.approx(expected, abs=0.005)


def test_the_interval_holds_the_true_share_in_95_of_100() -> None:
    rng = np.random.default_rng(6)
    held = [
        low <= q <= high
        for q in (0.1, 0.5, 0.9)
        for low, high in (Outcomes(k, 16).interval for k in rng.binomial(16, q, 2000).tolist())
    ]
    assert np.mean(held) == pytest.approx(0.95, abs=0.025)


def test_progress_sums_to_the_last_value_less_the_first() -> None:
    values = [Outcomes(2, 8), Outcomes(5, 8), Outcomes(1, 8), Outcomes(1, 1, is_final=True)]
    made = [progress(a, b).value for a, b in pairwise(values)]
    assert sum(made) == pytest.approx(1 - 0.25)
    assert made[0] == pytest.approx(3 / 8)


def test_the_noise_of_a_difference_is_that_of_both_shares() -> None:
    rng = np.random.default_rng(7)
    drawn = rng.binomial(50, 0.4, 5000) / 50 - rng.binomial(50, 0.6, 5000) / 50
    assert progress(Outcomes(30, 50), Outcomes(20, 50)).noise == pytest.approx(
        drawn.std(), rel=0.05
    )
    one = Outcomes(20, 50)
    assert progress(one, one).noise == pytest.approx(np.sqrt(2 * one.variance))
    assert progress(one, Outcomes(1, 1, is_final=True)).noise == pytest.approx(
        np.sqrt(one.variance)
    )
    assert Outcomes(8, 8).variance > 0


def test_a_prover_that_always_succeeds_sees_no_progress() -> None:
    assert [progress(a, b).value for a, b in pairwise([Outcomes(8, 8)] * 3)] == [0, 0]


def test_what_is_said_of_a_step_holds_all_numbers() -> None:
    found = scores(Outcomes(4, 8), Outcomes(0, 8))
    assert found.keys() == {
        "step",
        "value",
        "successes",
        "rollouts",
        "low",
        "high",
        "progress",
        "progress_noise",
    }
    assert (found["step"], found["value"], found["low"], found["progress"]) == (-1, 0, 0, -0.5)
    assert "progress" not in scores(None, Outcomes(4, 8))
    said = reading_of("r", Outcomes(4, 8), Outcomes(0, 1, is_final=True), "reach 1 by answer@1")
    assert said.rationale.startswith(
        "the response itself does not reach 1 by answer@1; progress -0.50 ± 0.18"
    )
    final = scores(None, Outcomes(1, 1, is_final=True))
    assert (final["low"], final["high"]) == (1, 1)
