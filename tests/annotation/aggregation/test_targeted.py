"""What a target keeps is right often enough, on simulated and on real judgments; or the target is refused."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.annotation.aggregation.simulated import simulate
from winnow.annotation.aggregation import aggregate
from winnow.annotation.aggregation.folds import gold_folds, share_as_sure
from winnow.annotation.aggregation.target import Target
from winnow.annotation.aggregation.targeted import keep_to_target

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"


class Outcome(NamedTuple):
    accuracy: float
    share: float


def outcome(
    judgments: pa.Table, truth: dict[str, str], given: list[str], target: Target
) -> Outcome | None:
    gold = pa.table({"item_id": given, "verdict": [truth[item] for item in given]})
    labels = aggregate(judgments, gold).labels
    kept = keep_to_target(judgments, gold, labels, target)
    if kept.threshold is None:
        assert not kept.is_kept.any()
        return None
    p = np.column_stack([labels["p_a"], labels["p_b"], labels["p_tie"]])
    assert ((p.max(axis=1) >= kept.threshold) == kept.is_kept).all()
    said = np.array(["a", "b", "tie"])[p.argmax(axis=1)]
    rest = [
        (is_kept, verdict == truth[item])
        for item, is_kept, verdict in zip(
            labels["item_id"].to_pylist(), kept.is_kept, said, strict=True
        )
        if item in truth and item not in set(given)
    ]
    n_kept = sum(is_kept for is_kept, _ in rest)
    n_right = sum(is_kept and is_right for is_kept, is_right in rest)
    return Outcome(n_right / n_kept, n_kept / len(rest))


@pytest.mark.parametrize(
    ("accuracies", "n_gold", "wanted"),
    [
        ((0.7, 0.65, 0.6, 0.75), 90, 0.8),
        ((0.35, 0.4, 0.3, 0.7, 0.6, 0.55, 0.6, 0.5), 60, 0.75),
    ],
)
def test_in_nine_of_ten_draws_what_is_kept_is_as_accurate_as_asked_for(
    accuracies: tuple[float, ...], n_gold: int, wanted: float
) -> None:
    n_draws, n_broken, n_kept = 40, 0, 0
    for seed in range(n_draws):
        drawn = simulate(accuracies, n_items=1000, seed=seed)
        truth = {str(k): "a" if sign > 0 else "b" for k, sign in enumerate(drawn.truth)}
        given = drawn.gold(n_gold, seed)["item_id"].to_pylist()
        found = outcome(drawn.judgments, truth, given, Target(accuracy=wanted))
        n_kept += found is not None
        n_broken += found is not None and found.accuracy < wanted
    assert n_broken <= 0.1 * n_draws
    assert n_kept >= 10


def test_certain_labels_are_kept_whole() -> None:
    drawn = simulate((0.97, 0.97, 0.97, 0.97), n_items=600)
    truth = {str(k): "a" if sign > 0 else "b" for k, sign in enumerate(drawn.truth)}
    given = drawn.gold(60)["item_id"].to_pylist()
    found = outcome(drawn.judgments, truth, given, Target(accuracy=0.95))
    assert found is not None
    assert (found.share, found.accuracy > 0.98) == (1.0, True)


def real(name: str) -> tuple[pa.Table, dict[str, str]]:
    judgments = pq.read_table(SHARED / name / "judgments.parquet")
    gold = pq.read_table(SHARED / name / "gold.parquet")
    truth = dict(zip(gold["item_id"].to_pylist(), gold["verdict"].to_pylist(), strict=True))
    return judgments.filter(pc.equal(judgments["kind"], "llm")), truth


def draw(truth: dict[str, str], n: int, seed: int) -> list[str]:
    return np.random.default_rng(seed).choice(list(truth), n, replace=False).tolist()


needs_shared = pytest.mark.skipif(
    not (SHARED / "llmbar").is_dir(), reason="needs the development sets in ../shared/data"
)


@needs_shared
@pytest.mark.parametrize(
    ("name", "wanted", "least", "n_kept_at_least"),
    [("llmbar", 0.95, 0.93, 0), ("llmbar", 0.85, 0.85, 15), ("pandalm", 0.75, 0.73, 3)],
)
def test_with_ninety_gold_items_of_real_judgments_the_rest_is_as_accurate_or_nothing_is_kept(
    name: str, wanted: float, least: float, n_kept_at_least: int
) -> None:
    judgments, truth = real(name)
    runs = [
        outcome(judgments, truth, draw(truth, 90, seed), Target(accuracy=wanted))
        for seed in range(20)
    ]
    assert sum(run is None or run.accuracy >= least for run in runs) >= 18
    assert sum(run is not None for run in runs) >= n_kept_at_least


@needs_shared
def test_without_its_fold_gold_is_as_accurate_among_the_surest_as_all_other_items_are() -> None:
    judgments, truth = real("pandalm")
    gold_right, rest_right = [], []
    for seed in range(10):
        given = draw(truth, 90, seed)
        gold = pa.table({"item_id": given, "verdict": [truth[item] for item in given]})
        for fold in gold_folds(gold):
            labels = aggregate(judgments, fold.rest).labels
            p = np.column_stack([labels["p_a"], labels["p_b"], labels["p_tie"]])
            is_sure = share_as_sure(p.max(axis=1)) <= 0.6
            said = np.array(["a", "b", "tie"])[p.argmax(axis=1)]
            for item, sure, verdict in zip(
                labels["item_id"].to_pylist(), is_sure, said, strict=True
            ):
                if sure and item in truth:
                    right = gold_right if item in fold.held else rest_right
                    right.append(verdict == truth[item])
    assert np.mean(gold_right) == pytest.approx(np.mean(rest_right), abs=0.04)
