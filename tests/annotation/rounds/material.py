"""Standings put down by hand, and pools in which items of one topic are hard for every judge."""

import numpy as np
import pyarrow as pa

from bench.rounds import Pool
from winnow.annotation.aggregation.gold import CLASSES, UNKNOWN
from winnow.annotation.rounds import LabelState
from winnow.annotation.similarity import embed


def state(
    *probabilities: tuple[float, float, float],
    verdict: str = "",
    claim: str = "",
    audit: str = "",
    chosen: str = "",
) -> LabelState:
    """Put items 0, 1, ... side by side; verdict and claim hold a letter an item (a, b, t or -), the others x or -."""
    n = len(probabilities)
    return LabelState(
        items=pa.array([str(i) for i in range(n)]),
        probabilities=np.array(probabilities),
        verdict=_codes(verdict, n),
        is_settled=_codes(verdict, n) >= 0,
        claim=_codes(claim, n),
        is_audit=_codes(audit, n, "x") >= 0,
        is_chosen=_codes(chosen, n, "x") >= 0,
        notes=(),
    )


def _codes(letters: str, n: int, among: str = "abt") -> np.ndarray:
    padded = letters.ljust(n, "-")
    return np.array([among.find(letter) if letter in among else UNKNOWN for letter in padded])


def simulated_pool(seed: int, n_items: int = 300) -> Pool:
    """Make items of six topics; six judges that err apart, right in 88 %, but on topic 0 all are wrong in 70 %."""
    rng = np.random.default_rng(seed)
    topic = rng.integers(0, 6, n_items)
    truth = rng.integers(0, 2, n_items)
    accuracy = np.where(topic == 0, 0.3, 0.88)
    rows = []
    for judge in range(6):
        said = np.where(rng.random(n_items) < accuracy, truth, 1 - truth)
        rows += [(str(i), f"judge {judge}", CLASSES[said[i]]) for i in range(n_items)]
    names = ("item_id", "annotator", "verdict")
    judgments = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])
    items = pa.array([str(i) for i in range(n_items)])
    gold = pa.table({"item_id": items, "verdict": [CLASSES[t] for t in truth]})
    texts = [f"topic{topic[i]} word{rng.integers(40)}" for i in range(n_items)]
    return Pool(items, judgments, gold, embed(texts))
