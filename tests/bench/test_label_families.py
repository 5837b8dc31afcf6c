"""Gold keeps the order of labels by confidence on families of simulated sets; `python -m bench labels` has the whole grid."""

import numpy as np
import pyarrow as pa
import pytest

from bench._families import draw
from bench._gold_grid import cells, score
from winnow.annotation.aggregation.aggregate import aggregate_each
from winnow.annotation.aggregation.votes import Floats

N_SETS = 6
AMOUNTS = (10, 50)


def figures(name: str) -> Floats:
    """Mean (acc2, aurc) over the sets, without gold and with each of `AMOUNTS`, drawn at random and left out of it."""
    runs = []
    for number in range(N_SETS):
        drawn = draw(name, number)
        items = list(drawn.truth)
        rng = np.random.default_rng(number)
        given = [rng.choice(items, n, replace=False).tolist() for n in AMOUNTS]
        golds = [
            pa.table({"item_id": some, "verdict": [drawn.truth[item] for item in some]})
            for some in given
        ]
        held = set().union(*given)
        run = []
        for found in aggregate_each(drawn.judgments, (None, *golds)):
            sides = [drawn.truth[item] for item in found.labels["item_id"].to_pylist()]
            is_open = [item not in held for item in found.labels["item_id"].to_pylist()]
            margin = np.asarray(found.labels["p_a"]) - np.asarray(found.labels["p_b"])
            sign = np.where(np.array(sides) == "a", 1.0, -1.0)
            run.append(score(margin[is_open], sign[is_open]))
        runs.append(run)
    return np.mean(runs, axis=0)


@pytest.mark.parametrize(
    "name", ["near equal", "taste, few", "tilted", "exaggerated", "people and judges"]
)
def test_gold_does_not_worsen_the_order_by_confidence(name: str) -> None:
    without, *with_gold = figures(name)[:, 1]
    assert max(with_gold) <= without + 0.003


def test_ten_gold_labels_turn_a_wrong_majority_round() -> None:
    without, ten, fifty = figures("most wrong")[:, 0]
    assert (without < 0.3, ten >= 0.86, fifty >= 0.88) == (True, True, True)


def test_one_wrong_of_ten_gold_verdicts_leaves_the_order_by_confidence() -> None:
    # Gold speaks once against what nearly all say: what all say must not become less sure than what they are divided on.
    name, number = "taste, many", 103
    drawn = draw(name, number)
    (ten,) = (
        cell
        for cell in cells(drawn.judgments, drawn.truth, range(number, number + 1))
        if (cell.kind, cell.n_gold) == ("10 % wrong", 10)
    )
    assert ten.ours.aurc <= ten.peers["no gold"].aurc + 0.003
