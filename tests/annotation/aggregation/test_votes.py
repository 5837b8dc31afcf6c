import numpy as np
import pyarrow as pa
import pytest

from tests.annotation.aggregation.simulated import judgments
from winnow.annotation.aggregation.votes import read_votes
from winnow.schemas.errors import MalformedInput


def test_missing_columns_are_named_with_those_found() -> None:
    table = pa.table({"item": ["i"], "verdict": ["a"]})
    message = "judgments have no column item_id, annotator; wanted item_id, annotator, verdict, found item, verdict"
    with pytest.raises(MalformedInput, match=message):
        read_votes(table)


def test_empty_table_is_refused() -> None:
    table = pa.table(
        {name: pa.array([], pa.string()) for name in ("item_id", "annotator", "verdict")}
    )
    with pytest.raises(MalformedInput, match="judgments are empty"):
        read_votes(table)


def test_unknown_verdict_is_refused_with_its_row_and_count() -> None:
    table = judgments(("i", "x", "ab", "a"), ("j", "x", "ab", "A wins"), ("k", "x", "ab", "both"))
    with pytest.raises(
        MalformedInput, match=r"judgments row 1: verdict is 'A wins', wanted a, b, .* 2 of 3 rows"
    ):
        read_votes(table)


def test_verdict_that_is_null_is_refused() -> None:
    table = pa.table(
        {"item_id": ["i"], "annotator": ["x"], "verdict": pa.array([None], pa.string())}
    )
    with pytest.raises(MalformedInput, match="judgments row 0: verdict is missing, wanted a"):
        read_votes(table)


def test_unknown_order_is_refused() -> None:
    with pytest.raises(MalformedInput, match="judgments row 0: order is 'AB', wanted ab, ba"):
        read_votes(judgments(("i", "x", "AB", "a")))


def test_item_without_a_name_is_refused() -> None:
    table = pa.table({"item_id": ["i", None], "annotator": ["x", "x"], "verdict": ["a", "a"]})
    with pytest.raises(MalformedInput, match="row 1: item_id is missing"):
        read_votes(table)


def test_orders_become_signs_and_a_missing_one_zero() -> None:
    votes = read_votes(
        judgments(("i", "x", "ab", "a"), ("i", "x", "ba", "b"), ("i", "y", None, "tie"))
    )
    assert votes.order.tolist() == [1, -1, 0]
    assert np.array(votes.annotators)[votes.annotator].tolist() == ["x", "x", "y"]


def test_numbers_serve_as_ids() -> None:
    table = pa.table({"item_id": [7, 8], "annotator": [1, 1], "verdict": ["a", "b"]})
    assert read_votes(table).items.to_pylist() == ["7", "8"]


def test_subset_of_an_item_is_read_where_there_is_one() -> None:
    table = judgments(("i", "x", None, "a"), ("j", "x", None, "a"), ("i", "y", None, "a"))
    named = table.append_column("subset", pa.array(["code", None, "code"]))
    assert read_votes(named).subset.tolist() == [0, 1]
    assert read_votes(table).subset.tolist() == [0, 0]
