"""Quality of aggregated labels on real judgments, beside baselines computed in the same run.

usage: python -m bench.labels [--seeds 20] [--gold 50] [--sets 14]

Then what gold does, on these sets and on `--sets` simulated sets of each family of bench/_families.py: 10, 20, 50 and 100
gold verdicts, drawn at random, from easy items alone, or with one in ten of them wrong.

Reads the development sets of ../shared/data (or of $WINNOW_SHARED/data) and scores with ../shared/tools/score_labels.py.
Judgments of LLM judges only. Where gold is used, `--gold` items are drawn at random and left out of the scoring, and
figures are means over the seeds; methods without gold are scored on the same items of the same seeds.
"""

import argparse
import importlib.util
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench._bounds import Row, of_families, print_head, print_rows, print_verdict, rows
from bench._gold_grid import cells
from winnow.annotation.aggregation import aggregate
from winnow.annotation.aggregation.opinions import gather_opinions
from winnow.annotation.aggregation.votes import Votes, read_votes

Floats = NDArray[np.float64]
Labels = dict[str, tuple[float, float, float]]
Gold = dict[str, str]
Labeller = Callable[[pa.Table, Gold], Labels]
SETS = ("pandalm", "llmbar")
FIGURES = ("acc2", "aurc", "acc@50", "cov@90", "ece")
TARGETS = {
    ("pandalm", "gold"): "acc2 >= .800  aurc <= .120  ece <= .045",
    ("llmbar", "gold"): "acc2 >= .875  aurc <= .070  cov@90 >= .90  ece <= .05",
}


def shared_folder() -> Path:
    """Find the folder that holds the development sets, or end in peace with the reason."""
    default = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("WINNOW_SHARED", default))
    if not (folder / "data" / "pandalm" / "judgments.parquet").is_file():
        print(
            f"skipped: no development sets in {folder / 'data'}; WINNOW_SHARED may name their folder"
        )
        sys.exit(0)
    return folder


def load_score(folder: Path) -> Callable[[Gold, Labels], dict[str, float]]:
    """Load the scoring function that the sets come with."""
    spec = importlib.util.spec_from_file_location("score", folder / "tools" / "score_labels.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.score


def winnow(method: str, *, with_gold: bool) -> Labeller:
    """Label with one of the methods of `aggregate`."""

    def label(judgments: pa.Table, seed: Gold) -> Labels:
        gold = pa.table({"item_id": list(seed), "verdict": list(seed.values())})
        labels = aggregate(judgments, gold if with_gold else None, method=method).labels
        return to_labels(labels["item_id"].to_pylist(), labels.select(["p_a", "p_b", "p_tie"]))

    return label


def to_labels(items: list[str], columns: pa.Table) -> Labels:
    """Put class probabilities into the form that the scoring takes."""
    rows = zip(*(column.to_pylist() for column in columns.columns), strict=True)
    return dict(zip(items, rows, strict=True))


def binary_labels(votes: Votes, p_a: Floats) -> Labels:
    """Return labels without ties."""
    return {
        i: (float(p), 1 - float(p), 0.0) for i, p in zip(votes.items.to_pylist(), p_a, strict=True)
    }


def lean_table(judgments: pa.Table) -> tuple[Votes, Floats]:
    """Compute the mean lean of each judge on each item, 0 where it said nothing; shape (n_items, n_annotators)."""
    votes = read_votes(judgments)
    opinions = gather_opinions(votes)
    leans = np.zeros((votes.n_items, votes.n_annotators))
    leans[opinions.item, opinions.annotator] = opinions.lean
    return votes, leans


def signs(votes: Votes, seed: Gold) -> tuple[NDArray[np.int64], Floats]:
    """Return the rows of the decisive seed items, and +1 for a, -1 for b."""
    place = {item: row for row, item in enumerate(votes.items.to_pylist())}
    decisive = [(place[i], 1.0 if v == "a" else -1.0) for i, v in seed.items() if v != "tie"]
    rows, sign = zip(*decisive, strict=True)
    return np.array(rows), np.array(sign)


def naive_bayes(judgments: pa.Table, seed: Gold) -> Labels:
    """Add up log-odds of accuracies counted on the seed, with one right and one wrong verdict added."""
    votes, leans = lean_table(judgments)
    rows, sign = signs(votes, seed)
    agree = leans[rows] * sign[:, None]
    weight = np.log((np.maximum(agree, 0).sum(0) + 1) / (np.maximum(-agree, 0).sum(0) + 1))
    return binary_labels(votes, 1 / (1 + np.exp(-leans @ weight)))


def logistic_stack(judgments: pa.Table, seed: Gold) -> Labels:
    """Fit a logistic regression with ridge 10 on the seed's leans."""
    from sklearn.linear_model import LogisticRegression

    votes, leans = lean_table(judgments)
    rows, sign = signs(votes, seed)
    fitted = LogisticRegression(C=0.1, fit_intercept=False).fit(
        np.vstack([leans[rows], -leans[rows]]), np.concatenate([sign, -sign])
    )
    return binary_labels(votes, fitted.predict_proba(leans)[:, 1])


def best_single_judge(gold: Gold) -> Labeller:
    """Follow the judge that all of gold shows to be best: known only afterwards."""

    def label(judgments: pa.Table, seed: Gold) -> Labels:
        votes, leans = lean_table(judgments)
        rows, sign = signs(votes, gold)
        best = int((leans[rows] * sign[:, None]).sum(0).argmax())
        return binary_labels(votes, 0.5 + 0.35 * leans[:, best])

    return label


def measure(
    label: Labeller,
    judgments: pa.Table,
    gold: Gold,
    seeds: list[Gold],
    score: Callable[..., dict[str, float]],
) -> dict[str, float]:
    """Compute the mean figures over the seeds, each seed's items left out of its scoring."""
    runs = []
    for seed in seeds:
        rest = {item: verdict for item, verdict in gold.items() if item not in seed}
        runs.append(score(rest, label(judgments, seed)))
    return {figure: float(np.mean([run[figure] for run in runs])) for figure in FIGURES}


def main() -> None:
    """Print one table a set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--gold", type=int, default=50)
    parser.add_argument("--sets", type=int, default=14, help="simulated sets a family")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    folder = shared_folder()
    score = load_score(folder)
    for name in SETS:
        judgments, gold = read_set(folder, name)
        drawn = [
            np.random.default_rng(seed).choice(list(gold), arguments.gold, replace=False)
            for seed in range(arguments.seeds)
        ]
        seeds = [{str(item): gold[str(item)] for item in items} for items in drawn]
        labellers: dict[str, Labeller] = {
            "sum of votes": winnow("votes", with_gold=False),
            "Dawid-Skene (crowd-kit)": winnow("dawid_skene", with_gold=False),
            "best single judge, afterwards": best_single_judge(gold),
            "naive Bayes from gold": naive_bayes,
            "logistic stack on gold": logistic_stack,
            "winnow without gold": winnow("winnow", with_gold=False),
            "winnow with gold": winnow("winnow", with_gold=True),
        }
        print(
            f"\n{name}: {len(gold)} gold items, {arguments.gold} of them given, {len(seeds)} seeds"
        )
        print(f"{'method':32}" + "".join(f"{figure:>9}" for figure in FIGURES) + f"{'s':>7}")
        for title, label in labellers.items():
            started = time.perf_counter()
            figures = measure(label, judgments, gold, seeds, score)
            per_run = (time.perf_counter() - started) / len(seeds)
            print(
                f"{title:32}" + "".join(f"{figures[f]:9.3f}" for f in FIGURES) + f"{per_run:7.2f}"
            )
        print(f"{'wanted with gold':32} {TARGETS[name, 'gold']}")
    print_gold_grid(folder, arguments.seeds, arguments.sets)


def read_set(folder: Path, name: str) -> tuple[pa.Table, Gold]:
    """Read the judgments of LLM judges of a development set, and its gold."""
    judgments = pq.read_table(folder / "data" / name / "judgments.parquet")
    table = pq.read_table(folder / "data" / name / "gold.parquet")
    gold = dict(zip(table["item_id"].to_pylist(), table["verdict"].to_pylist(), strict=True))
    return judgments.filter(pc.equal(judgments["kind"], "llm")), gold


def print_gold_grid(folder: Path, n_seeds: int, n_sets: int) -> None:
    """Print what gold does to the labels of every set and family."""
    found: list[Row] = []
    print_head()
    for name in SETS:
        of_set = rows(name, cells(*read_set(folder, name), range(n_seeds)))
        print_rows(of_set)
        found += of_set
    for of_family in of_families(n_sets):
        print_rows(of_family)
        found += of_family
    print_verdict(found)


if __name__ == "__main__":
    main()
