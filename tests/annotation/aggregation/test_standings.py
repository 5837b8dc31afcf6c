from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from winnow.annotation.aggregation.standings import standings
from winnow.annotation.aggregation.tournament import bradley_terry
from winnow.schemas.errors import MalformedInput


def row(prompt_id: str, a: str, b: str, *p: float) -> dict[str, Any]:
    shares = dict(zip(("p_a", "p_b", "p_tie"), p, strict=True))
    return {"prompt_id": prompt_id, "a": a, "b": b, **shares}


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(rows)


def stand(*rows: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """One verdict on each comparison, which is the label as well."""
    return {r["name"]: r for r in standings(table(*rows), table(*rows)).to_pylist()}


WON, LOST, TIED = (1, 0, 0), (0, 1, 0), (0, 0, 1)


def test_the_win_rate_of_one_judge_is_the_share_that_it_said() -> None:
    found = stand(*[row(f"p{i}", "strong", "weak", *(WON if i < 95 else LOST)) for i in range(100)])
    assert (found["strong"]["n_won"], found["strong"]["n_lost"]) == (95, 5)
    assert found["strong"]["win_rate"] == found["strong"]["label_win_rate"] == 0.95
    assert found["strong"]["win_rate_low"] == pytest.approx(0.9, abs=0.01)
    assert found["strong"]["strength"] - found["weak"]["strength"] == pytest.approx(
        np.log(19), abs=0.1
    )


def test_verdicts_are_counted_and_labels_estimate() -> None:
    verdicts = [row("p", "x", "y", *verdict) for verdict in (WON, WON, LOST, TIED)]
    found = {
        r["name"]: r
        for r in standings(table(*verdicts), table(row("p", "x", "y", *WON))).to_pylist()
    }
    assert (found["x"]["win_rate"], found["x"]["label_win_rate"]) == (0.625, 1)
    assert (found["x"]["n_won"], found["x"]["n_tied"], found["x"]["n_lost"]) == (2, 1, 1)
    assert (found["x"]["tie_rate"], found["x"]["n_comparisons"]) == (0.25, 1)


def test_strengths_are_those_of_bradley_terry_strongest_first() -> None:
    games = [
        row(f"p{i}", a, b, *(WON if i % k else LOST))
        for i in range(60)
        for a, b, k in (("y", "x", 9), ("y", "z", 5), ("z", "x", 3))
    ]
    found = stand(*games)
    plain = bradley_terry(table(*games))
    expected = dict(zip(plain["name"].to_pylist(), plain["strength"].to_pylist(), strict=True))
    assert list(found) == ["y", "z", "x"]
    assert {n: f["strength"] for n, f in found.items()} == pytest.approx(expected)


def test_a_model_that_never_lost_few_comparisons_has_a_wide_interval() -> None:
    found = stand(*[row(f"p{i}", "x", "y", *WON) for i in range(5)])
    assert found["x"]["win_rate"] == 1
    assert found["x"]["win_rate_low"] < 0.85
    assert found["y"]["win_rate_high"] > 0.15
    assert found["x"]["strength_low"] < 0 < found["x"]["strength_high"]


def test_unanimous_ties_are_half_a_win_each() -> None:
    found = stand(*[row(f"p{i}", "x", "y", *TIED) for i in range(30)])
    assert found["x"]["win_rate"] == found["y"]["win_rate"] == 0.5
    assert found["x"]["tie_rate"] == 1
    assert found["x"]["strength"] == pytest.approx(0, abs=1e-9)


def test_repeats_within_a_prompt_do_not_narrow_the_intervals() -> None:
    once = [row(f"p{i}", "x", "y", *(WON if i % 3 else LOST)) for i in range(30)]
    one, ten = stand(*once)["x"], stand(*once * 10)["x"]
    assert (ten["n_comparisons"], ten["n_prompts"], one["n_prompts"]) == (300, 30, 30)
    for figure in ("win_rate", "strength"):
        widths = [found[f"{figure}_high"] - found[f"{figure}_low"] for found in (one, ten)]
        assert widths[1] > 0.9 * widths[0]


def test_models_that_never_met_are_in_different_parts() -> None:
    found = stand(row("p", "x", "y", *WON), row("q", "v", "w", *WON))
    assert found["x"]["part"] == found["y"]["part"] != found["v"]["part"]


def test_a_model_with_labels_and_no_verdicts_is_refused() -> None:
    with pytest.raises(MalformedInput, match="verdicts: no row of 'x', which labels have"):
        standings(table(row("p", "v", "w", *WON)), table(row("p", "x", "w", *WON)))
