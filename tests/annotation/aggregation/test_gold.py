import pyarrow as pa
import pytest

from tests.annotation.aggregation.simulated import gold
from winnow.annotation.aggregation.gold import read_gold
from winnow.schemas.errors import MalformedInput

ITEMS = pa.array(["i", "j", "k"])


def test_gold_is_lined_up_with_the_items() -> None:
    assert read_gold(gold(k="tie", i="b"), ITEMS).verdict.tolist() == [1, -1, 2]


def test_gold_that_contradicts_itself_is_refused_with_both_verdicts() -> None:
    table = pa.table({"item_id": ["i", "j", "i"], "verdict": ["a", "a", "tie"]})
    message = (
        r"gold contradicts itself on 1 item: item_id 'i' is both 'a' \(row 0\) and 'tie' \(row 2\)"
    )
    with pytest.raises(MalformedInput, match=message):
        read_gold(table, ITEMS)


def test_gold_row_that_stands_twice_counts_once() -> None:
    table = pa.table({"item_id": ["i", "i"], "verdict": ["a", "a"]})
    assert read_gold(table, ITEMS).rows.tolist() == [0]


def test_gold_cannot_be_unreadable() -> None:
    with pytest.raises(MalformedInput, match="gold row 0: verdict is 'invalid', wanted a, b, tie"):
        read_gold(gold(i="invalid"), ITEMS)


def test_gold_without_judgments_is_counted_in_a_note() -> None:
    read = read_gold(gold(i="a", x="a", y="b"), ITEMS)
    assert read.notes == ("2 gold items have no judgment and are left out",)


def test_empty_gold_is_no_gold_and_says_so() -> None:
    empty = pa.table({"item_id": pa.array([], pa.string()), "verdict": pa.array([], pa.string())})
    read = read_gold(empty, ITEMS)
    assert (read.rows.tolist(), read.notes) == ([], ("the gold table is empty",))
