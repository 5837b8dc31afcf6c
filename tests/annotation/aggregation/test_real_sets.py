"""Label quality on real judgments: the figures that the defaults have to reach, with room for the draw of the seeds."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from winnow.annotation.aggregation import aggregate

SHARED = Path(__file__).resolve().parents[4] / "shared"
N_SEEDS = 8
pytestmark = pytest.mark.skipif(
    not (SHARED / "data" / "llmbar").is_dir(), reason="needs the development sets in ../shared/data"
)


def scoring() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", SHARED / "tools" / "score_labels.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def figures(name: str, n_gold: int) -> dict[str, float]:
    folder, score = SHARED / "data" / name, scoring().score
    judgments = pq.read_table(folder / "judgments.parquet")
    judgments = judgments.filter(pc.equal(judgments["kind"], "llm"))
    table = pq.read_table(folder / "gold.parquet")
    verdicts = dict(zip(table["item_id"].to_pylist(), table["verdict"].to_pylist(), strict=True))
    runs = []
    for seed in range(N_SEEDS if n_gold else 1):
        chosen = np.random.default_rng(seed).choice(list(verdicts), n_gold, replace=False).tolist()
        given = pa.table({"item_id": chosen, "verdict": [verdicts[item] for item in chosen]})
        labels = aggregate(judgments, given if n_gold else None).labels.to_pylist()
        found = {row["item_id"]: (row["p_a"], row["p_b"], row["p_tie"]) for row in labels}
        runs.append(score({item: v for item, v in verdicts.items() if item not in chosen}, found))
    return {key: float(np.mean([run[key] for run in runs])) for key in runs[0]}


def test_pandalm_with_fifty_gold_items() -> None:
    found = figures("pandalm", 50)
    assert found["acc2"] >= 0.795
    assert found["aurc"] <= 0.125
    assert found["ece"] <= 0.05


def test_llmbar_with_fifty_gold_items() -> None:
    found = figures("llmbar", 50)
    assert found["acc2"] >= 0.865
    assert found["aurc"] <= 0.075
    assert found["cov@90"] >= 0.9
    assert found["ece"] <= 0.06


@pytest.mark.parametrize(
    ("name", "votes", "dawid_skene"), [("pandalm", 0.786, 0.789), ("llmbar", 0.772, 0.808)]
)
def test_without_gold_neither_votes_nor_dawid_skene_is_better(
    name: str, votes: float, dawid_skene: float
) -> None:
    found = figures(name, 0)
    assert found["acc2"] >= max(votes, dawid_skene) - 0.01
    assert found["ece"] <= 0.06
