from pathlib import Path

import numpy as np
import pytest

from bench._families import FAMILIES, draw
from bench._gold_grid import score
from bench.labels import load_score

SHARED = Path(__file__).resolve().parents[3] / "shared"


def test_a_set_is_the_same_whenever_it_is_drawn() -> None:
    assert draw("near equal", 1).judgments.equals(draw("near equal", 1).judgments)
    assert not draw("near equal", 1).judgments.equals(draw("near equal", 2).judgments)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_can_be_drawn_with_gold_for_its_items(name: str) -> None:
    drawn = draw(name, 0)
    assert set(drawn.truth) == set(drawn.judgments["item_id"].to_pylist())
    assert set(drawn.truth.values()) == {"a", "b"}


def test_labels_of_one_sureness_share_their_rank() -> None:
    found = score(np.array([0.9, -0.5, 0.5, 0.0]), np.array([1.0, 1, 1, -1]))
    assert found.acc2 == pytest.approx((1 + 0 + 1 + 0.5) / 4)
    assert found.aurc == pytest.approx(1 - (1 + 0.75 + 2 / 3 + 2.5 / 4) / 4)


@pytest.mark.skipif(not (SHARED / "tools").is_dir(), reason="needs ../shared/tools")
def test_figures_are_those_of_the_scoring_that_the_sets_come_with() -> None:
    rng = np.random.default_rng(0)
    p, sign = rng.random(60).round(1), rng.choice([-1.0, 1.0], 60)
    gold = {f"{k:02}": "a" if side > 0 else "b" for k, side in enumerate(sign)}
    labels = {f"{k:02}": (float(q), float(1 - q), 0.0) for k, q in enumerate(p)}
    theirs, ours = load_score(SHARED)(gold, labels), score(2 * p - 1, sign)
    assert ours.acc2 == pytest.approx(theirs["acc2"])
    assert ours.aurc == pytest.approx(theirs["aurc"], abs=0.005)
