"""What gold does to labels: many amounts and kinds of gold on one set, each scored on the items that it leaves out."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winnow.annotation.aggregation.aggregate import aggregate_each
from winnow.annotation.aggregation.opinions import gather_opinions
from winnow.annotation.aggregation.votes import read_votes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
AMOUNTS = (10, 20, 50, 100)
KINDS = ("random", "easy", "10 % wrong")
"""Gold drawn from all items; from the half on which the votes are most one-sided; from all, one in ten of it wrong."""
PEERS = ("no gold", "naive Bayes", "best judge")
"""The same labels without gold; log-odds of accuracies counted on the same gold; the judge that all of gold shows to be
best, known only afterwards."""


class Figures(NamedTuple):
    """How good labels are on the items whose gold was not given."""

    acc2: float
    """Share of items whose likelier side is right; equal sides count half."""

    aurc: float
    """Area under the risk-coverage curve, surest labels first."""


class Cell(NamedTuple):
    """One amount and kind of gold on one set."""

    kind: str
    n_gold: int
    ours: Figures
    peers: dict[str, Figures]
    """By each of `PEERS`."""


def score(margin: Floats, sign: Floats) -> Figures:
    """Score labels against the truth, labels of one sureness in any order.

    Args:
        margin: Shape (n_items,): P(a) - P(b).
        sign: Shape (n_items,): +1 where a is better, -1 where b is.
    """
    hit = np.where(margin == 0, 0.5, np.sign(margin) == sign)
    _, group = np.unique(-np.abs(margin), return_inverse=True)
    mean = np.bincount(group, hit) / np.bincount(group)
    of_rank = mean[np.sort(group)]
    kept = np.cumsum(of_rank) / np.arange(1, len(hit) + 1)
    return Figures(float(hit.mean()), float(1 - kept.mean()))


def cells(judgments: pa.Table, truth: dict[str, str], seeds: range) -> Iterator[Cell]:
    """Yield every amount and kind of gold, drawn once a seed.

    Args:
        judgments: As `aggregate` takes them.
        truth: Gold of the items, a, b or tie; labels are scored on a and b.
        seeds: Of the draws.
    """
    votes = read_votes(judgments)
    opinions = gather_opinions(votes)
    leans = np.zeros((votes.n_items, votes.n_annotators))
    leans[opinions.item, opinions.annotator] = opinions.lean
    items = votes.items.to_pylist()
    sign = np.array([{"a": 1.0, "b": -1.0}.get(truth.get(item, ""), 0.0) for item in items])
    known = np.flatnonzero([item in truth for item in items])
    best = leans[:, int((leans.T @ sign).argmax())]
    drawn = [
        (kind, n, *_gold(kind, n, known, leans, sign, seed))
        for seed in seeds
        for kind in KINDS
        for n in AMOUNTS
    ]
    tables = (_table(items, truth, rows, is_wrong) for *_, rows, is_wrong in drawn)
    found = (_margins(one.labels) for one in aggregate_each(judgments, (None, *tables)))
    without = next(found)
    for (kind, n, rows, is_wrong), ours in zip(drawn, found, strict=True):
        is_scored = sign != 0
        is_scored[rows] = False
        said = np.where(is_wrong, -sign[rows], sign[rows])
        margins = (without, _naive_bayes(leans, rows, said), best)
        yield Cell(
            kind,
            n,
            score(ours[is_scored], sign[is_scored]),
            {
                name: score(margin[is_scored], sign[is_scored])
                for name, margin in zip(PEERS, margins, strict=True)
            },
        )


def _gold(
    kind: str, n: int, known: Ints, leans: Floats, sign: Floats, seed: int
) -> tuple[Ints, NDArray[np.bool_]]:
    """Draw the items of one gold, and which of its verdicts are wrong."""
    rng = np.random.default_rng([seed, n, KINDS.index(kind)])
    if kind == "easy":
        one_sided = np.abs(leans[known].sum(axis=1)) + 1e-6 * rng.random(len(known))
        known = known[np.argsort(-one_sided)[: max(len(known) // 2, n)]]
    rows = rng.permutation(known)[:n]
    is_wrong = np.zeros(len(rows), bool)
    if kind == "10 % wrong":
        is_wrong = (rng.random(len(rows)) < 0.1) & (sign[rows] != 0)
    return rows, is_wrong


def _table(
    items: list[str], truth: dict[str, str], rows: Ints, is_wrong: NDArray[np.bool_]
) -> pa.Table:
    other = {"a": "b", "b": "a", "tie": "tie"}
    verdicts = [truth[items[row]] for row in rows]
    said = [other[v] if wrong else v for v, wrong in zip(verdicts, is_wrong, strict=True)]
    return pa.table({"item_id": [items[row] for row in rows], "verdict": said})


def _margins(labels: pa.Table) -> Floats:
    return np.asarray(labels["p_a"]) - np.asarray(labels["p_b"])


def _naive_bayes(leans: Floats, rows: Ints, said: Floats) -> Floats:
    agree = leans[rows] * said[:, None]
    weight = np.log((np.maximum(agree, 0).sum(0) + 1) / (np.maximum(-agree, 0).sum(0) + 1))
    return np.asarray(np.tanh(leans @ weight / 2))
