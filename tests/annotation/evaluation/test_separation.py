import numpy as np
import pytest

from tests.annotation.evaluation.made_up import both, gold, items, judgments
from winnow.annotation.evaluation import evaluate
from winnow.annotation.evaluation.separation import _auc


def test_the_area_is_the_share_of_all_pairs_and_ties_are_halves() -> None:
    rng = np.random.default_rng(4)
    for _ in range(50):
        better, worse = (rng.integers(0, 4, 9).astype(float) for _ in range(2))
        times = rng.integers(0, 3, 9)
        if not times.sum():
            continue
        direct = sum(
            int(t) * int(u) * (float(g > h) + float(g == h) / 2)
            for g, t in zip(better, times, strict=True)
            for h, u in zip(worse, times, strict=True)
        )
        assert _auc(better, worse, times) == pytest.approx(direct / int(times.sum()) ** 2)


def test_a_judge_of_scores_has_an_area_and_one_of_verdicts_has_none() -> None:
    sides = {str(k): "ab"[k % 2] for k in range(12)}
    said, score_a, score_b = [], list[float | None](), list[float | None]()
    for k, side in sides.items():
        high, low = (5.0, 2.0) if side == "a" else (2.0, 5.0)
        said += both(k, "rater", side, side)
        said += both(k, "reader", side, "tie" if k == "3" else side)
        said += both(k, "same", "tie", "tie")
        score_a += [high, high, None, None, 3.0, 3.0]
        score_b += [low, low, None, None, 3.0, 3.0]
    table = judgments(*said, score_a=score_a, score_b=score_b)
    found = evaluate(table, gold(**sides), items(*({"item_id": k} for k in sides)))
    by_name = {one.annotator: one for one in found.judges}
    rater, same = by_name["rater"], by_name["same"]
    assert rater.auc and rater.auc.value == 1.0 and by_name["reader"].auc is None
    assert same.auc and (same.auc.value, same.auc.low, same.auc.high) == (0.5, 0.5, 0.5)
    assert same.accuracy and (same.accuracy.value, found.always_tie) == (0.5, 0.5)
    assert same.ties_lose and same.ties_lose.value == 0.0
    reader = by_name["reader"]
    assert reader.accuracy and reader.accuracy.value == pytest.approx((11 + 0.75) / 12)
    assert reader.ties_lose and reader.ties_lose.value == pytest.approx(11 / 12)
