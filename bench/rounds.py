"""What people's labels buy, round after round: doubtful items first against items at random.

usage: python -m bench.rounds [--seeds 12] [--share 0.4] [--rounds 8] [--plot docs/rounds.png]

Reads the development sets of ../shared/data (or of $WINNOW_SHARED/data). Judgments of the recorded LLM judges; the labels
of people are replayed from gold as they are asked for. Both ways use the same seeds, the same aggregation and the same
number of labels of people, and begin with the same random round. Accuracy leaves out items whose gold is a tie, as
score_labels.py does, but for the column "with ties". Intervals are 95 % over the seeds, of the difference paired by seed.
"""

import argparse
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import t as student

from bench.labels import shared_folder
from winnow.annotation.aggregation.gold import CLASSES
from winnow.annotation.rounds import ASKED, LabelState, add_asked, choose, current_state
from winnow.annotation.similarity import embed

Floats = NDArray[np.float64]
STRATEGIES = {"rounds": 0.2, "random": 1.0}
"""Share of a round that is drawn at random, by the name of the strategy."""
SETS = ("pandalm", "llmbar")


class Pool(NamedTuple):
    """One set: items, what judges said, what people would say."""

    items: pa.Array
    judgments: pa.Table
    gold: pa.Table
    vectors: sparse.csr_array

    @property
    def truth(self) -> NDArray[np.int64]:
        """Return gold by item: index into `CLASSES`."""
        known = dict(
            zip(self.gold["item_id"].to_pylist(), self.gold["verdict"].to_pylist(), strict=True)
        )
        return np.array([CLASSES.index(known[item]) for item in self.items.to_pylist()])


class Trace(NamedTuple):
    """One simulated flow; the first axis of each is the round."""

    n_asked: NDArray[np.int64]
    labels: NDArray[np.int64]
    """Likeliest of a and b by the model, without the item's own verdict; shape (n_rounds, n_items)."""
    with_ties: NDArray[np.int64]
    """The same among a, b and tie."""
    is_asked: NDArray[np.bool_]


def load_pool(folder: Path) -> Pool:
    """Read one set; what is not labelled by an LLM is left out."""
    pairs, gold = (pq.read_table(folder / f"{name}.parquet") for name in ("pairs", "gold"))
    judgments = pq.read_table(folder / "judgments.parquet")
    judgments = judgments.filter(pc.equal(judgments["kind"], "llm"))
    columns = (pairs[name].to_pylist() for name in ("prompt", "response_a", "response_b"))
    texts = ["\n".join(parts) for parts in zip(*columns, strict=True)]
    return Pool(pairs["item_id"].combine_chunks(), judgments, gold, embed(texts))


def simulate(pool: Pool, audit_share: float, seed: int, share: float, n_rounds: int) -> Trace:
    """Replay a flow that spends labels of people on `share` of the items in equal rounds, the first one random."""
    per_round = round(len(pool.items) * share / n_rounds)
    asked, taken = ASKED.empty_table(), []
    for number in range(n_rounds + 1):
        said = pool.gold.filter(pc.is_in(pool.gold["item_id"], asked["item_id"].combine_chunks()))
        state = current_state(pool.items, pool.judgments, asked, said)
        if number:
            taken.append(state)
        picks = choose(state, pool.vectors, per_round, audit_share=audit_share, seed=seed)
        asked = add_asked(asked, state, picks, number + 1)
    return _trace(taken)


def _trace(taken: list[LabelState]) -> Trace:
    return Trace(
        np.array([s.is_verified.sum() for s in taken]),
        np.stack([s.probabilities[:, :2].argmax(axis=1) for s in taken]),
        np.stack([s.likeliest for s in taken]),
        np.stack([s.is_verified for s in taken]),
    )


class Curves(NamedTuple):
    """Accuracy by seed and round, shape (n_seeds, n_rounds) each."""

    all: Floats
    """Of all labels, those of people being right."""
    unasked: Floats
    """Of the labels that the strategy left to the model: other items for each strategy."""
    with_ties: Floats
    """Of all labels, a tie being right only where gold says so."""
    same: Floats
    """Of the model on the items that neither strategy asked for: the same items for both."""


def measure(pool: Pool, traces: dict[str, list[Trace]]) -> dict[str, Curves]:
    """Score every trace; traces of one place belong to one seed."""
    truth = pool.truth
    pairs = zip(*traces.values(), strict=True)
    left = [~np.logical_or.reduce([trace.is_asked for trace in pair]) for pair in pairs]
    found = {}
    for name, runs in traces.items():
        rows = [_score(run, truth, rest) for run, rest in zip(runs, left, strict=True)]
        found[name] = Curves(*(np.stack(column) for column in zip(*rows, strict=True)))
    return found


def _score(run: Trace, truth: NDArray[np.int64], rest: NDArray[np.bool_]) -> tuple[Floats, ...]:
    decisive = truth != CLASSES.index("tie")
    hit = run.labels == truth
    return (
        (hit | run.is_asked)[:, decisive].mean(axis=1),
        _mean(hit, ~run.is_asked & decisive),
        ((run.with_ties == truth) | run.is_asked).mean(axis=1),
        _mean(hit, rest & decisive),
    )


def _mean(hit: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> Floats:
    return (hit & chosen).sum(axis=1) / np.maximum(chosen.sum(axis=1), 1)


def interval(values: Floats) -> Floats:
    """Compute half the width of the 95 % interval of the mean over seeds, by round."""
    n = len(values)
    return student.ppf(0.975, n - 1) * values.std(axis=0, ddof=1) / np.sqrt(n)


def compare(
    pool: Pool, n_seeds: int, share: float, n_rounds: int
) -> tuple[Floats, dict[str, Curves]]:
    """Simulate both strategies with the same seeds; gives labels of people by round, and the curves by strategy."""
    traces = {
        name: [simulate(pool, audit, seed, share, n_rounds) for seed in range(n_seeds)]
        for name, audit in STRATEGIES.items()
    }
    return traces["rounds"][0].n_asked, measure(pool, traces)


def print_table(name: str, n_items: int, n_asked: Floats, curves: dict[str, Curves]) -> None:
    """Print one row a round."""
    n_seeds = len(curves["rounds"].all)
    print(
        f"\n{name}: {n_items} items, {n_seeds} seeds; accuracy with doubtful items first / at random"
    )
    titles = (
        "all labels",
        "better by",
        "never asked",
        "with ties",
        "asked by neither",
        "better by",
    )
    print(f"{'asked':>6}" + "".join(f"{title:>19}" for title in titles))
    one, other = curves["rounds"], curves["random"]
    for k, n in enumerate(n_asked):
        cells = [_both(one.all, other.all, k), _gain(one.all, other.all, k)]
        cells += [_both(one.unasked, other.unasked, k), _both(one.with_ties, other.with_ties, k)]
        cells += [_both(one.same, other.same, k), _gain(one.same, other.same, k)]
        print(f"{n:6}" + "".join(f"{cell:>19}" for cell in cells))


def _both(one: Floats, other: Floats, k: int) -> str:
    return f"{one[:, k].mean():.3f} / {other[:, k].mean():.3f}"


def _gain(one: Floats, other: Floats, k: int) -> str:
    return f"{(one - other)[:, k].mean():+.3f} ± {interval(one - other)[k]:.3f}"


def draw(found: dict[str, tuple[int, Floats, dict[str, Curves]]], path: Path) -> None:
    """Draw accuracy against budget: a panel a set, a line with its band a strategy."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    looks = {
        "rounds": ("#1b6e5a", "o", "doubtful items first"),
        "random": ("#b2622a", "s", "items at random"),
    }
    figure, panels = plt.subplots(1, len(found), figsize=(9.6, 3.9), layout="constrained")
    for panel, (name, (n_items, n_asked, curves)) in zip(panels, found.items(), strict=True):
        for strategy, (colour, mark, title) in looks.items():
            for values, style, what in (
                (curves[strategy].all, "-", "all labels"),
                (curves[strategy].unasked, ":", "never asked"),
            ):
                mean, half = values.mean(axis=0), interval(values)
                panel.fill_between(
                    n_asked, mean - half, mean + half, color=colour, alpha=0.18, lw=0
                )
                panel.plot(
                    n_asked,
                    mean,
                    style,
                    color=colour,
                    marker=mark,
                    ms=3.5,
                    label=f"{title}: {what}",
                )
        panel.set(title=f"{name}, {n_items} comparisons", xlabel="comparisons that people labelled")
        panel.grid(alpha=0.25)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("accuracy of the labels")
    panels[0].legend(frameon=False, fontsize=8, loc="upper left")
    figure.savefig(path, dpi=130)


def main() -> None:
    """Print one table a set and draw the plot."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument(
        "--share", type=float, default=0.4, help="of the items that people label in the end"
    )
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--plot", type=Path, help="PNG to draw")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    folder, found = shared_folder() / "data", {}
    for name in SETS:
        pool = load_pool(folder / name)
        n_asked, curves = compare(pool, arguments.seeds, arguments.share, arguments.rounds)
        print_table(name, len(pool.items), n_asked, curves)
        found[name] = (len(pool.items), n_asked, curves)
    if arguments.plot:
        draw(found, arguments.plot)
        print(f"\nplot in {arguments.plot}")


if __name__ == "__main__":
    main()
