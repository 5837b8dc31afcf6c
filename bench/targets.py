"""What a target keeps of real judgments, and how much of it is right: one line a seed.

usage: python -m bench.targets [--seeds 20] [--gold 90] [--accuracy 0.95]

Reads the development sets of ../shared/data (or of $WINNOW_SHARED/data), LLM judges only. `--gold` items are drawn at random;
what is kept is scored on the others. The `most` column is what could be kept at best if every answer were known: the
largest share of the labels, surest first, that is as accurate as asked for.
"""

import argparse

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.labels import Gold, shared_folder
from winnow.annotation.aggregation import aggregate
from winnow.annotation.aggregation.target import Target
from winnow.annotation.aggregation.targeted import keep_to_target


def measure(judgments: pa.Table, gold: Gold, given: list[str], target: Target) -> str:
    """Set the target on the given gold and say what came of it."""
    known = pa.table({"item_id": given, "verdict": [gold[item] for item in given]})
    labels = aggregate(judgments, known).labels
    kept = keep_to_target(judgments, known, labels, target)
    p = np.column_stack([labels["p_a"], labels["p_b"], labels["p_tie"]])
    said = np.array(["a", "b", "tie"])[p.argmax(axis=1)]
    items = labels["item_id"].to_pylist()
    is_rest = np.array([item in gold and item not in set(given) for item in items])
    is_right = np.array([gold.get(item) == v for item, v in zip(items, said, strict=True)])
    most = _most(p.max(axis=1)[is_rest], is_right[is_rest], target.accuracy)
    if kept.threshold is None:
        return f"{most:6.1%}  refused: {kept.decision.reason}"
    is_kept = kept.is_kept & is_rest
    accuracy, share = is_right[is_kept].mean(), is_kept.sum() / is_rest.sum()
    return f"{most:6.1%}  kept {share:6.1%}, {accuracy:.3f} of it right, from {kept.threshold:g}"


def _most(sureness: np.ndarray, is_right: np.ndarray, wanted: float) -> float:
    right = np.cumsum(is_right[np.argsort(-sureness, kind="stable")])
    n = np.arange(1, len(right) + 1)
    enough = n[right >= wanted * n]
    return float(enough[-1] / len(n)) if len(enough) else 0.0


def main() -> None:
    """Print one block a set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--gold", type=int, default=90)
    parser.add_argument("--accuracy", type=float, nargs="+", default=[0.95, 0.85, 0.75])
    arguments = parser.parse_args()
    folder = shared_folder()
    for name in ("llmbar", "pandalm"):
        judgments = pq.read_table(folder / "data" / name / "judgments.parquet")
        judgments = judgments.filter(pc.equal(judgments["kind"], "llm"))
        table = pq.read_table(folder / "data" / name / "gold.parquet")
        gold = dict(zip(table["item_id"].to_pylist(), table["verdict"].to_pylist(), strict=True))
        for accuracy in arguments.accuracy:
            target = Target(accuracy=accuracy)
            print(f"\n{name}: {target}, {arguments.gold} of {len(gold)} gold items given")
            print("seed    most  outcome")
            for seed in range(arguments.seeds):
                rng = np.random.default_rng(seed)
                given = rng.choice(list(gold), arguments.gold, replace=False).tolist()
                print(f"{seed:4}  {measure(judgments, gold, given, target)}")


if __name__ == "__main__":
    main()
