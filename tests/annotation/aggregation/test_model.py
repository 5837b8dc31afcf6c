import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.annotation.aggregation.simulated import COLUMNS, Simulated, simulate
from winnow.annotation.aggregation import Aggregation, aggregate
from winnow.annotation.aggregation.votes import Floats

MIXED = [0.95, 0.9, 0.8, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.1]


def column(result: Aggregation, name: str) -> Floats:
    return np.asarray(result.annotators[name])


def test_accuracies_from_a_tenth_to_nearly_one_are_recovered() -> None:
    drawn = simulate(MIXED * 2, n_items=700, share=0.35, bias=0.5, ties=0.1, spam=0.05)
    found = column(aggregate(drawn.judgments, drawn.gold(100)), "accuracy")
    assert np.abs(found - drawn.accuracy).mean() < 0.02
    assert np.abs(found - drawn.accuracy).max() < 0.06


def test_interval_of_an_accuracy_holds_it() -> None:
    drawn = simulate(MIXED, n_items=700)
    result = aggregate(drawn.judgments, drawn.gold(100))
    low, high = column(result, "accuracy_low"), column(result, "accuracy_high")
    assert ((low < drawn.accuracy) & (drawn.accuracy < high)).all()


def test_copies_together_weigh_no_more_than_one() -> None:
    accuracies = [0.65, 0.8, 0.75, 0.7, 0.7]
    alone, copied = (simulate(accuracies, n_copies=n) for n in (0, 5))
    gold = alone.gold(80)
    single = column(aggregate(alone.judgments, gold), "weight")
    shared = column(aggregate(copied.judgments, gold), "weight")
    assert shared[0] + shared[5:].sum() == pytest.approx(single[0], abs=0.05)


def test_wrong_majority_is_turned_round_by_gold() -> None:
    drawn = simulate([0.25, 0.35, 0.4, 0.3, 0.2] * 2)
    gold = drawn.gold(50)
    result = aggregate(drawn.judgments, gold)
    assert drawn.right(aggregate(drawn.judgments).labels) < 0.2
    assert drawn.right(result.labels) > 0.85
    assert any("the majority is wrong more often than right" in note for note in result.notes)


def test_good_minority_is_found_by_gold() -> None:
    drawn = simulate([0.3, 0.35, 0.3, 0.4, 0.35, 0.9, 0.85])
    assert drawn.right(aggregate(drawn.judgments, drawn.gold(50)).labels) > 0.9


def test_without_gold_the_result_says_that_nothing_anchors_it() -> None:
    assert "no gold anchors these labels" in aggregate(simulate([0.8, 0.7]).judgments).notes[-1]


@pytest.mark.parametrize("seed", range(3))
def test_without_gold_it_is_no_worse_than_votes_and_dawid_skene(seed: int) -> None:
    drawn = simulate([0.9, 0.75, 0.7, 0.65, 0.6, 0.55], ties=0.05, spam=0.05, seed=seed)
    ours = drawn.right(aggregate(drawn.judgments).labels)
    assert ours > drawn.right(aggregate(drawn.judgments, method="votes").labels) - 0.01
    assert ours > drawn.right(aggregate(drawn.judgments, method="dawid_skene").labels) - 0.01


def test_label_of_a_gold_item_is_as_if_its_own_gold_were_not_known() -> None:
    drawn = simulate([0.9, 0.7, 0.65, 0.6], n_items=200)
    gold = drawn.gold(40)
    known = {
        row["item_id"]: row["p_a"] for row in aggregate(drawn.judgments, gold).labels.to_pylist()
    }
    for k in range(5):
        item = gold["item_id"][k].as_py()
        others = gold.filter(pc.not_equal(gold["item_id"], item))
        labels = aggregate(drawn.judgments, others).labels.to_pylist()
        left_out = next(row["p_a"] for row in labels if row["item_id"] == item)
        assert known[item] == pytest.approx(left_out, abs=0.03)


def with_judge(drawn: Simulated, *, flips: bool) -> pa.Table:
    """Add a judge without sense, shown both orders: it guesses, or always picks the first."""
    rng = np.random.default_rng(1)
    rows = [
        (str(item), "judge", "llm", order, str(rng.choice(["a", "b"])) if flips else order[0])
        for item in range(len(drawn.truth))
        for order in ("ab", "ba")
    ]
    judge = pa.table(dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True)))
    order = pa.nulls(drawn.judgments.num_rows, pa.string())
    place = drawn.judgments.column_names.index("order")
    return pa.concat_tables([drawn.judgments.set_column(place, "order", order), judge])


@pytest.mark.parametrize("flips", [True, False], ids=["guesses", "picks the first"])
@pytest.mark.parametrize("n_gold", [0, 12])
def test_judge_that_contradicts_itself_loses_its_weight(flips: bool, n_gold: int) -> None:
    drawn = simulate([0.95, 0.9], n_items=100, ties=0.1)
    table = with_judge(drawn, flips=flips)
    result = aggregate(table, drawn.gold(n_gold) if n_gold else None)
    judge, verifiers = column(result, "weight")[2], column(result, "weight")[:2]
    assert abs(judge) < 0.25 * verifiers.min()
    assert drawn.right(result.labels) > 0.85


def test_one_annotator_can_label_very_many_items() -> None:
    n = 100_000
    table = pa.table(
        {"item_id": np.arange(n), "annotator": ["x"] * n, "verdict": ["a", "b"] * (n // 2)}
    )
    labels = aggregate(table).labels
    assert labels.num_rows == n
    assert labels["p_a"][0].as_py() > 0.5 > labels["p_a"][1].as_py()


def test_interval_of_a_label_narrows_with_gold() -> None:
    drawn = simulate([0.9, 0.8, 0.7])
    width = []
    for gold in (None, drawn.gold(200)):
        labels = aggregate(drawn.judgments, gold).labels
        width.append(float((np.asarray(labels["high"]) - np.asarray(labels["low"])).mean()))
    assert width[1] < width[0] / 2


def test_annotators_may_be_good_in_one_subset_and_wrong_in_another() -> None:
    plain, odd = simulate([0.9] * 3, n_items=300), simulate([0.15] * 3, n_items=300, seed=1)
    renamed = pa.array([f"1{int(i):04}" for i in odd.judgments["item_id"].to_pylist()])
    rows = pa.concat_tables([plain.judgments, odd.judgments.set_column(0, "item_id", renamed)])
    subset = pa.array(["plain"] * plain.judgments.num_rows + ["odd"] * odd.judgments.num_rows)
    truth = dict(zip([str(i) for i in range(300)], plain.truth, strict=True))
    truth |= dict(zip([f"1{i:04}" for i in range(300)], odd.truth, strict=True))
    chosen = np.random.default_rng(0).choice(list(truth), 60, replace=False).tolist()
    gold = pa.table({"item_id": chosen, "verdict": ["a" if truth[i] > 0 else "b" for i in chosen]})

    def right(table: pa.Table) -> float:
        # Where all three say the same, gold cannot turn it round: such a label is worth nothing.
        labels = aggregate(table, gold).labels.to_pylist()
        sure = [r for r in labels if max(r["p_a"], r["p_b"]) > 0.51]
        return float(np.mean([(r["p_a"] > r["p_b"]) == (truth[r["item_id"]] > 0) for r in sure]))

    assert right(rows.append_column("subset", subset)) > 0.85
    assert right(rows) < 0.7


def test_with_much_gold_accuracies_are_nearly_exact() -> None:
    drawn = simulate([0.9, 0.7, 0.6], n_items=4000)
    found = column(aggregate(drawn.judgments, drawn.gold(3500)), "accuracy")
    assert np.abs(found - drawn.accuracy).max() < 0.01
