import numpy as np
import pyarrow as pa

from winnow.annotation.aggregation.folds import gold_folds, share_as_sure


def test_every_gold_item_is_held_out_once_and_given_otherwise() -> None:
    gold = pa.table({"item_id": [str(i) for i in range(23)], "verdict": ["a"] * 23})
    folds = list(gold_folds(gold))
    assert sorted(len(fold.held) for fold in folds) == [4, 4, 5, 5, 5]
    assert frozenset().union(*(fold.held for fold in folds)) == set(gold["item_id"].to_pylist())
    for fold in folds:
        assert not fold.held & set(fold.rest["item_id"].to_pylist())
        assert len(fold.held) + fold.rest.num_rows == 23


def test_the_parts_hang_on_the_ids_and_not_on_the_order_of_the_rows() -> None:
    ids = [str(i) for i in range(10)]
    tables = [pa.table({"item_id": order, "verdict": ["b"] * 10}) for order in (ids, ids[::-1])]
    one, other = ([fold.held for fold in gold_folds(table)] for table in tables)
    assert one == other


def test_a_single_gold_item_is_a_fold_of_its_own() -> None:
    (fold,) = gold_folds(pa.table({"item_id": [7], "verdict": ["a"]}))
    assert (fold.held, fold.rest.num_rows) == ({"7"}, 0)


def test_the_least_sure_has_all_others_above_it() -> None:
    assert share_as_sure(np.array([0.9, 0.5, 0.9, 0.7])).tolist() == [0.5, 1.0, 0.5, 0.75]
