import numpy as np
import pyarrow as pa
import pytest

from tests.annotation.aggregation.simulated import gold, judgments
from winnow.annotation.aggregation import METHODS, aggregate
from winnow.annotation.aggregation.aggregate import aggregate_each
from winnow.schemas.errors import UnknownName

TWO_ITEMS = judgments(
    ("i", "x", "ab", "a"),
    ("i", "y", "ab", "a"),
    ("i", "z", "ab", "b"),
    ("j", "x", "ab", "b"),
    ("j", "y", "ab", "b"),
    ("j", "z", "ab", "b"),
)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_follows_an_undisputed_verdict(method: str) -> None:
    labels = aggregate(TWO_ITEMS, method=method).labels.to_pylist()
    assert [row["item_id"] for row in labels] == ["i", "j"]
    assert labels[1]["p_b"] > labels[1]["p_a"]


@pytest.mark.parametrize("method", METHODS)
def test_probabilities_of_an_item_sum_to_one(method: str) -> None:
    labels = aggregate(TWO_ITEMS, gold(i="a"), method=method).labels
    total = sum(np.asarray(labels[name]) for name in ("p_a", "p_b", "p_tie"))
    assert total == pytest.approx([1, 1], abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_judgments_that_are_all_unreadable_leave_every_item_undecided(method: str) -> None:
    table = judgments(("i", "x", "ab", "invalid"), ("j", "x", "ab", "invalid"))
    labels = aggregate(table, method=method).labels.to_pylist()
    assert [row["n_judgments"] for row in labels] == [0, 0]
    assert labels[0]["p_a"] == pytest.approx(labels[0]["p_b"], abs=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_one_gold_after_another_labels_as_each_alone_does(method: str) -> None:
    golds = [gold(i="b"), None, gold(i="a", j="b")]
    alone = [aggregate(TWO_ITEMS, one, method=method) for one in golds]
    assert list(aggregate_each(TWO_ITEMS, golds, method=method)) == alone


def test_unknown_method_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match=r"no method named 'vote' .did you mean 'votes'"):
        aggregate(TWO_ITEMS, method="vote")


def test_label_says_how_many_readable_judgments_it_rests_on() -> None:
    table = judgments(("i", "x", "ab", "a"), ("i", "x", "ba", "a"), ("i", "y", None, "invalid"))
    (label,) = aggregate(table).labels.to_pylist()
    assert label["n_judgments"] == 2


def test_annotator_row_counts_what_it_said() -> None:
    table = judgments(
        ("i", "x", "ab", "a"),
        ("i", "x", "ba", "a"),
        ("j", "x", "ab", "a"),
        ("j", "x", "ba", "b"),
        ("k", "x", "ab", "invalid"),
    )
    (row,) = aggregate(table, gold(i="a", j="a")).annotators.to_pylist()
    assert (row["n_judgments"], row["n_invalid"]) == (5, 1)
    assert row["order_consistency"] == 0.5
    assert row["position_bias"] == 0.25
    assert (row["gold_accuracy"], row["n_gold"]) == (0.75, 2)


def test_same_table_gives_the_same_labels_whatever_the_order_of_its_rows() -> None:
    rows = TWO_ITEMS.take(pa.array([5, 3, 1, 0, 2, 4]))
    mixed = {row["item_id"]: row["p_a"] for row in aggregate(rows).labels.to_pylist()}
    plain = {row["item_id"]: row["p_a"] for row in aggregate(TWO_ITEMS).labels.to_pylist()}
    assert mixed == pytest.approx(plain, abs=1e-9)
