import numpy as np
import pyarrow as pa
import pytest

from winnow.annotation.aggregation.tournament import bradley_terry
from winnow.schemas.errors import MalformedInput


def outcomes(*rows: tuple[str, str, float, float, float]) -> pa.Table:
    return pa.Table.from_pylist(
        [dict(zip(("a", "b", "p_a", "p_b", "p_tie"), row, strict=True)) for row in rows]
    )


def strengths(table: pa.Table) -> dict[str, float]:
    found = bradley_terry(table)
    return dict(zip(found["name"].to_pylist(), found["strength"].to_pylist(), strict=True))


def test_strengths_are_recovered_from_simulated_outcomes() -> None:
    rng = np.random.default_rng(0)
    true = np.array([1.0, 0.5, 0.0, -0.5, -1.0])
    pairs = [(i, j) for i in range(5) for j in range(5) if i < j for _ in range(2000)]
    rows = []
    for i, j in pairs:
        won = rng.random() < 1 / (1 + np.exp(true[j] - true[i]))
        rows.append((str(i), str(j), float(won), float(not won), 0.0))
    found = strengths(outcomes(*rows))
    assert [found[str(k)] for k in range(5)] == pytest.approx(true, abs=0.1)


def test_ties_draw_strengths_together() -> None:
    decided = strengths(outcomes(*[("x", "y", 1, 0, 0)] * 8, ("x", "y", 0, 1, 0)))
    tied = strengths(outcomes(*[("x", "y", 1, 0, 0)] * 8, *[("x", "y", 0, 1, 0)] * 8))
    assert decided["x"] > 0.5
    assert tied["x"] == pytest.approx(0, abs=1e-6)


def test_contestant_that_never_lost_is_strong_but_not_infinitely() -> None:
    found = strengths(outcomes(("x", "y", 1, 0, 0), ("y", "z", 1, 0, 0)))
    assert found["x"] > found["y"] > found["z"]
    assert all(np.isfinite(strength) for strength in found.values())


def test_contestants_that_never_met_are_in_different_parts() -> None:
    found = bradley_terry(outcomes(("x", "y", 1, 0, 0), ("v", "w", 1, 0, 0)))
    part = dict(zip(found["name"].to_pylist(), found["part"].to_pylist(), strict=True))
    assert part["x"] == part["y"] != part["v"] == part["w"]


def test_a_strength_is_the_likeliest_one_however_rare_ties_are() -> None:
    found = strengths(outcomes(*[("x", "y", 1, 0, 0)] * 38000, *[("x", "y", 0, 1, 0)] * 2000))
    assert found["x"] - found["y"] == pytest.approx(np.log(19), abs=1e-3)


def test_contestant_that_meets_itself_is_refused() -> None:
    with pytest.raises(MalformedInput, match="outcomes compare 'x' with itself"):
        bradley_terry(outcomes(("x", "x", 1, 0, 0)))
