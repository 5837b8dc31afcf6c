import pyarrow as pa
import pytest

from winnow.annotation.aggregation.winning import win_rates


def outcomes(*rows: tuple[str, str, str, float, float, float]) -> pa.Table:
    names = ("prompt_id", "a", "b", "p_a", "p_b", "p_tie")
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])


def test_wins_ties_and_losses_are_counted_and_a_tie_is_half_a_win() -> None:
    x, y = win_rates(
        outcomes(("p", "x", "y", 1, 0, 0), ("q", "y", "x", 0, 0, 1), ("r", "y", "x", 0, 1, 0), ("s", "x", "y", 0, 1, 0))
    ).to_pylist()  # fmt: skip
    assert (x["n_won"], x["n_tied"], x["n_lost"], x["win_rate"]) == (2, 1, 1, 0.625)
    assert (y["n_won"], y["n_tied"], y["n_lost"], y["win_rate"]) == (1, 1, 2, 0.375)
    assert x["n_prompts"] == y["n_prompts"] == 4


def test_the_intervals_of_two_that_met_only_each_other_mirror_each_other() -> None:
    x, y = win_rates(
        outcomes(*[(f"p{i}", "x", "y", i > 3, i < 4, 0) for i in range(20)])
    ).to_pylist()
    assert (x["low"], x["high"]) == pytest.approx((1 - y["high"], 1 - y["low"]))


def test_who_never_lost_has_an_interval_within_zero_and_one() -> None:
    found = win_rates(outcomes(*[(f"p{i}", "x", "y", 1, 0, 0) for i in range(5)])).to_pylist()
    assert all(0 <= row["low"] <= row["win_rate"] <= row["high"] <= 1 for row in found)
    assert found[0]["low"] < 0.7
