import random
import sys
from collections import defaultdict
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from winnow.annotation.aggregation.tables import DIGITS, INTERVAL
from winnow.annotation.aggregation.winning import win_rates
from winnow.schemas.measures.shares import clustered


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


def drawn(n_prompts: int, seed: int, *, among: int | None = None) -> pa.Table:
    """Draw what came out in each prompt among its own three contestants, or among so many that meet in all."""
    draw = random.Random(seed)
    rows = []
    for i in range(n_prompts):
        names = [f"{i}.{k}" for k in range(3)] if among is None else [str(k) for k in range(among)]
        for _ in range(draw.randint(1, 5)):
            a, b = draw.sample(names, 2)
            p_a, p_b, p_tie = draw.choice([(1, 0, 0), (0, 1, 0), (0, 0, 1)])
            rows.append((f"p{i}", a, b, p_a, p_b, p_tie))
    return outcomes(*rows)


@pytest.mark.parametrize("among", [None, 2, 7, 40])
@pytest.mark.parametrize("seed", range(5))
def test_each_contestant_has_the_interval_of_its_own_outcomes(seed: int, among: int | None) -> None:
    met = drawn(60, seed, among=among)
    own: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for row in met.to_pylist():
        prompt = int(row["prompt_id"][1:])
        own[row["a"]].append((row["p_a"] + row["p_tie"] / 2, prompt))
        own[row["b"]].append((row["p_b"] + row["p_tie"] / 2, prompt))
    found = win_rates(met).to_pylist()
    assert {row["name"] for row in found} == {*own}
    for row in found:
        scores, prompts = map(np.array, zip(*own[row["name"]], strict=True))
        expected = np.array(clustered(scores, prompts, confidence=INTERVAL)).round(DIGITS)
        assert (row["win_rate"], row["low"], row["high"]) == tuple(expected)
        assert row["n_prompts"] == len(set(prompts))


def test_no_contestant_is_counted_by_itself() -> None:
    """Thousands of responses meet in one prompt each, and a look at each would cost as much as all prompts do."""

    def n_calls(n_prompts: int) -> int:
        met, calls = drawn(n_prompts, 1), 0

        def count(_: Any, event: str, __: Any) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            win_rates(met)
        finally:
            sys.setprofile(None)
        return calls

    n_calls(10)  # what is imported once is imported here
    assert n_calls(300) < 2 * n_calls(10)
