"""Time and peak memory of aggregating a million judgments, beside crowd-kit's Dawid-Skene in the same run.

usage: python -m bench.aggregation_speed [--items 200000] [--judgments 5]

Each method runs in a process of its own on the same simulated table, so that its peak memory is its own; what the table
and the libraries take before it starts is reported beside it.
"""

import argparse
import multiprocessing
import time
import warnings
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from bench._peak import peak_mib
from winnow.annotation.aggregation import aggregate

N_ANNOTATORS = 200
N_GOLD = 1000


class Measured(NamedTuple):
    """What one run took and reached."""

    seconds: float
    before_gib: float
    peak_gib: float
    accuracy: float


def simulate(n_items: int, per_item: int) -> tuple[pa.Table, pa.Table, np.ndarray]:
    """Draw judgments by annotators of accuracy 0.4 to 0.95, gold for some items, and the truth."""
    rng = np.random.default_rng(0)
    truth = rng.choice([1, -1], n_items)
    accuracy = rng.uniform(0.4, 0.95, N_ANNOTATORS)
    item = np.repeat(np.arange(n_items), per_item)
    annotator = rng.integers(0, N_ANNOTATORS, len(item))
    lean = np.where(rng.random(len(item)) < accuracy[annotator], truth[item], -truth[item])
    lean[rng.random(len(item)) < 0.05] = 0
    judgments = pa.table(
        {
            "item_id": pa.array(item.astype(str)),
            "annotator": pa.array(annotator.astype(str)),
            "order": pa.array(np.where(rng.random(len(item)) < 0.5, "ab", "ba")),
            "verdict": pa.array(np.array(["b", "tie", "a"])[lean + 1]),
        }
    )
    known = rng.choice(n_items, min(N_GOLD, n_items), replace=False)
    verdict = np.where(truth[known] > 0, "a", "b")
    return judgments, pa.table({"item_id": known.astype(str), "verdict": verdict}), truth


def run(method: str, with_gold: bool, n_items: int, per_item: int) -> Measured:
    """Aggregate once and measure."""
    warnings.filterwarnings("ignore")
    judgments, gold, truth = simulate(n_items, per_item)
    if method == "dawid_skene":
        import crowdkit.aggregation  # noqa: F401  # its import is not the method's time
    before = _peak_gib()
    started = time.perf_counter()
    labels = aggregate(judgments, gold if with_gold else None, method=method).labels
    seconds = time.perf_counter() - started
    lean = np.asarray(labels["p_a"]) - np.asarray(labels["p_b"])
    return Measured(seconds, before, _peak_gib(), float((np.sign(lean) == truth).mean()))


def _peak_gib() -> float:
    return peak_mib() / 1024


def main() -> None:
    """Print one line a method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--judgments", type=int, default=5, help="judgments an item")
    arguments = parser.parse_args()
    n_judgments = arguments.items * arguments.judgments
    print(f"{n_judgments} judgments on {arguments.items} items by {N_ANNOTATORS} annotators")
    print(f"{'method':28}{'s':>8}{'peak GiB':>10}{'before':>8}{'accuracy':>10}")
    context = multiprocessing.get_context("spawn")
    for title, method, with_gold in (
        ("winnow without gold", "winnow", False),
        (f"winnow with {N_GOLD} gold items", "winnow", True),
        ("Dawid-Skene (crowd-kit)", "dawid_skene", False),
    ):
        with context.Pool(1) as pool:
            got = pool.apply(run, (method, with_gold, arguments.items, arguments.judgments))
        print(
            f"{title:28}{got.seconds:8.1f}{got.peak_gib:10.2f}{got.before_gib:8.2f}{got.accuracy:10.3f}"
        )


if __name__ == "__main__":
    main()
