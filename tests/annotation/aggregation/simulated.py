"""Simulated annotators whose accuracy is known."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from winnow.annotation.aggregation.votes import Floats, Ints

COLUMNS = ("item_id", "annotator", "kind", "order", "verdict")


def judgments(*rows: tuple[str, str, str | None, str]) -> pa.Table:
    """Write judgments out: (item_id, annotator, order, verdict)."""
    names = ("item_id", "annotator", "order", "verdict")
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])


def gold(**verdicts: str) -> pa.Table:
    """Write gold out: item_id=verdict."""
    return pa.table({"item_id": list(verdicts), "verdict": list(verdicts.values())})


class Simulated(NamedTuple):
    """Judgments, the truth behind them and how often each annotator was right."""

    judgments: pa.Table
    truth: Ints
    """+1 where a is better, -1 where b is; item k is named str(k)."""
    accuracy: Floats
    """Share of right verdicts among the decisive ones, shape (n_annotators,)."""

    def gold(self, n: int, seed: int = 0) -> pa.Table:
        """Give the true verdicts of n items drawn at random."""
        items = np.random.default_rng(seed).choice(len(self.truth), n, replace=False)
        verdicts = ["a" if self.truth[item] > 0 else "b" for item in items]
        return pa.table({"item_id": [str(item) for item in items], "verdict": verdicts})

    def right(self, labels: pa.Table) -> float:
        """Give the share of items whose likelier side is the true one."""
        margin = np.asarray(labels["p_a"]) - np.asarray(labels["p_b"])
        items = np.array([int(item) for item in labels["item_id"].to_pylist()])
        return float((np.sign(margin) == self.truth[items]).mean())


def simulate(
    accuracies: Sequence[float],
    *,
    n_items: int = 600,
    share: float = 1.0,
    bias: float = 0.0,
    ties: float = 0.0,
    spam: float = 0.0,
    n_copies: int = 0,
    seed: int = 0,
) -> Simulated:
    """Draw verdicts, each item shown to each annotator in one random order.

    Args:
        accuracies: Of each annotator, before bias and spam.
        n_items: Number of items, as many for a as for b in expectation.
        share: Part of the items that each annotator judges.
        bias: Log-odds towards the response shown first.
        ties: Probability of a tie verdict.
        spam: Probability of a verdict thrown at random.
        n_copies: Further annotators that repeat the first one's rows.
        seed: Of the generator.
    """
    rng = np.random.default_rng(seed)
    truth = rng.choice([1, -1], n_items)
    rows: list[tuple[str, str, str, str, str]] = []
    right = []
    for k, accuracy in enumerate(accuracies):
        items = np.flatnonzero(rng.random(n_items) < share)
        first = rng.choice([1, -1], len(items))
        log_odds = np.log(accuracy / (1 - accuracy)) + bias * first * truth[items]
        lean = np.where(rng.random(len(items)) < 1 / (1 + np.exp(-log_odds)), 1, -1) * truth[items]
        lean = np.where(rng.random(len(items)) < spam, rng.choice([1, -1], len(items)), lean)
        lean = np.where(rng.random(len(items)) < ties, 0, lean)
        right.append(float((lean == truth[items])[lean != 0].mean()))
        rows += [
            (
                str(i),
                f"annotator-{k}",
                "llm",
                "ab" if f > 0 else "ba",
                {1: "a", -1: "b", 0: "tie"}[int(v)],
            )
            for i, f, v in zip(items, first, lean, strict=True)
        ]
    own = [row for row in rows if row[1] == "annotator-0"]
    for copy in range(n_copies):
        rows += [(i, f"copy-{copy}", kind, order, v) for i, _, kind, order, v in own]
    table = pa.table(dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True)))
    return Simulated(table, truth, np.array(right))
