"""How often the 90 % intervals of standings hold the truth, over simulated sets of verdicts.

usage: python -m bench.standings [--sets 200]

Each kind of set is drawn anew `--sets` times; what is true of it is read off one set of 20,000 prompts. Labels are the
most frequent verdict of each comparison. Each line gives, over all models of all sets, how often the interval of the
win rate as said, of the win rate by labels and of the strength held the truth, and how wide it was at the median. An
interval that holds 90 % does so in 180 of 200 sets, give or take 8.
"""

import argparse
from collections.abc import Callable
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winnow.annotation.aggregation.standings import standings

Floats = NDArray[np.float64]
FIGURES = ("win_rate", "label_win_rate", "strength")
N_TRUE = 20_000


class Set(NamedTuple):
    """Verdicts on the responses of two models each; shape of said: (n_comparisons, n_judges)."""

    prompt: NDArray[np.int64]
    a: list[str]
    b: list[str]
    said: Floats
    """1 where a is named, 0 where b is, one half for a tie."""


Simulate = Callable[[np.random.Generator, int], Set]


def one_judge(rng: np.random.Generator, n: int) -> Set:
    """Two models, one judge, which names the stronger in 95 %."""
    return _of_two(np.arange(n), (rng.random((n, 1)) < 0.95).astype(float))


def one_judge_with_ties(rng: np.random.Generator, n: int) -> Set:
    """Two models, one judge, which calls half of all equal."""
    won = (rng.random((n, 1)) < 0.7).astype(float)
    return _of_two(np.arange(n), np.where(rng.random((n, 1)) < 0.5, 0.5, won))


def three_judges(rng: np.random.Generator, n: int) -> Set:
    """Two models, the one better in 70 % of the prompts; three judges right in 85, 75 and 60 %."""
    better = (rng.random((n, 1)) < 0.7).astype(float)
    is_right = rng.random((n, 3)) < np.array([0.85, 0.75, 0.6])
    return _of_two(np.arange(n), np.where(is_right, better, 1 - better))


def both_orders(rng: np.random.Generator, n: int) -> Set:
    """Two models, one judge asked in both orders, which names the first shown in a quarter of the comparisons."""
    won = (rng.random((n, 1)) < 0.7).astype(float)
    return _of_two(np.arange(n), np.where(rng.random((n, 1)) < 0.25, [[1.0, 0.0]], won))


def many_samples(rng: np.random.Generator, n: int) -> Set:
    """Two models, few prompts with thirty pairs of samples each; prompts differ in which model they suit."""
    chance = np.repeat(rng.beta(3.5, 1.5, n), 30)[:, None]
    said = (rng.random(chance.shape) < chance).astype(float)
    said = np.where(rng.random(said.shape) < 0.2, 0.5, said)
    return _of_two(np.repeat(np.arange(n), 30), said)


def four_models(rng: np.random.Generator, n: int) -> Set:
    """Four models, all six pairs of each prompt, two judges; a model does better in some prompts than in others."""
    skill = np.array([0.9, 0.3, -0.3, -0.9]) + rng.normal(0, 0.7, (n, 4))
    pairs = np.array(list(combinations(range(4), 2)))
    lead = (skill[:, pairs[:, 0]] - skill[:, pairs[:, 1]]).reshape(-1, 1)
    said = (rng.random((len(lead), 2)) < 1 / (1 + np.exp(-lead))).astype(float)
    said = np.where(rng.random(said.shape) < 0.15, 0.5, said)
    names = np.array([f"model {i}" for i in range(4)])
    a, b = (np.tile(names[pairs[:, side]], n).tolist() for side in (0, 1))
    return Set(np.repeat(np.arange(n), len(pairs)), a, b, said)


KINDS: dict[str, tuple[Simulate, int]] = {
    "one judge, 95 %, 400 prompts": (one_judge, 400),
    "one judge, 95 %, 20 prompts": (one_judge, 20),
    "one judge, half ties, 60 prompts": (one_judge_with_ties, 60),
    "three judges, 60 prompts": (three_judges, 60),
    "both orders, 40 prompts": (both_orders, 40),
    "30 samples of each of 8 prompts": (many_samples, 8),
    "30 samples of each of 30 prompts": (many_samples, 30),
    "four models, 30 prompts": (four_models, 30),
}
"""Kinds of sets, each with its number of prompts."""


def tables(simulated: Set) -> tuple[pa.Table, pa.Table]:
    """Return the verdicts and the labels of a set, as `standings` takes them."""
    n_judges = simulated.said.shape[1]
    mean = simulated.said.mean(axis=1)
    label = np.where(mean > 0.5, 1.0, np.where(mean < 0.5, 0.0, 0.5))
    return _outcomes(simulated, n_judges, simulated.said.ravel()), _outcomes(simulated, 1, label)


def coverage(simulate: Simulate, n: int, *, n_sets: int) -> dict[str, list[float]]:
    """Count for each figure the share of intervals that hold the truth, and their median width."""
    true = _by_name(standings(*tables(simulate(np.random.default_rng(1), N_TRUE))))
    held: dict[str, list[bool]] = {figure: [] for figure in FIGURES}
    widths: dict[str, list[float]] = {figure: [] for figure in FIGURES}
    for seed in range(n_sets):
        found = _by_name(standings(*tables(simulate(np.random.default_rng([2, seed]), n))))
        for figure in FIGURES:
            for name, row in found.items():
                low, high = row[f"{figure}_low"], row[f"{figure}_high"]
                held[figure].append(low <= true[name][figure] <= high)
                widths[figure].append(high - low)
    return {f: [float(np.mean(held[f])), float(np.median(widths[f]))] for f in FIGURES}


def _of_two(prompt: NDArray[np.int64], said: Floats) -> Set:
    return Set(prompt, ["strong"] * len(prompt), ["weak"] * len(prompt), said)


def _outcomes(simulated: Set, n_each: int, said: Floats) -> pa.Table:
    return pa.table(
        {
            "prompt_id": np.repeat(simulated.prompt, n_each).astype(str),
            "a": np.repeat(simulated.a, n_each),
            "b": np.repeat(simulated.b, n_each),
            "p_a": (said == 1).astype(float),
            "p_b": (said == 0).astype(float),
            "p_tie": (said == 0.5).astype(float),
        }
    )


def _by_name(table: pa.Table) -> dict[str, dict[str, float]]:
    return {row["name"]: row for row in table.to_pylist()}


def main() -> None:
    """Print a line a kind of set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sets", type=int, default=200)
    args = parser.parse_args()
    print(f"90 % intervals over {args.sets} sets: share that holds the truth, median width")
    print(f"{'':34}" + "".join(f"{name:>22}" for name in ("as said", "by labels", "strength")))
    for kind, (simulate, n) in KINDS.items():
        found = coverage(simulate, n, n_sets=args.sets)
        cells = (f"{share:.1%} {width:.3f}" for share, width in found.values())
        print(f"{kind:34}" + "".join(f"{cell:>22}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
