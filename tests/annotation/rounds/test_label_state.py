import numpy as np
import pyarrow as pa
import pytest

from winnow.annotation.rounds import ASKED, claims_of, current_state, decide
from winnow.schemas.errors import MalformedInput


def said(*rows: tuple[str, str, str]) -> pa.Table:
    names = ("item_id", "annotator", "verdict")
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])


def test_an_item_that_nobody_judged_is_as_likely_a_as_b_as_tie() -> None:
    judgments = said(("1", "one", "a"), ("1", "other", "a"))
    nothing = pa.table({"item_id": pa.array([], pa.string()), "verdict": pa.array([], pa.string())})
    found = current_state(pa.array(["0", "1"]), judgments, ASKED.empty_table(), nothing)
    np.testing.assert_allclose(found.probabilities[0], 1 / 3)
    assert found.probabilities[1, 0] > 0.5


def test_a_label_is_wrong_only_where_people_contradict_it() -> None:
    judgments = said(*((str(i), name, "a") for i in range(4) for name in ("one", "other")))
    verdicts = pa.table({"item_id": ["0", "1", "elsewhere"], "verdict": ["a", "b", "b"]})
    items = pa.array([str(i) for i in range(4)])
    found = current_state(items, judgments, ASKED.empty_table(), verdicts)
    assert found.is_verified.tolist() == [True, True, False, False]
    assert found.is_wrong.tolist() == [False, True, False, False]


def test_gold_that_is_not_settled_only_anchors() -> None:
    ids = [str(i) for i in range(12)]
    judgments = said(*((i, name, "a") for i in ids for name in ("one", "other")))
    verdicts = pa.table({"item_id": ids, "verdict": ["b", "b", *["a"] * 10]})
    settled = pa.array(["1"])
    found = current_state(
        pa.array(ids), judgments, ASKED.empty_table(), verdicts, verdicts, settled
    )
    assert found.is_settled.tolist() == [i == "1" for i in ids]
    assert decide(found, strong_from=0.9).label.tolist() == [0, 1, *[0] * 10]


def test_an_item_may_be_asked_for_both_purposes() -> None:
    rows = [
        {"item_id": "1", "round": 1, "purpose": "audit"},
        {"item_id": "1", "round": 2, "purpose": "chosen"},
    ]
    asked = pa.Table.from_pylist(rows, schema=ASKED)
    nothing = pa.table({"item_id": pa.array([], pa.string()), "verdict": pa.array([], pa.string())})
    found = current_state(pa.array(["0", "1"]), said(("0", "one", "a")), asked, nothing)
    assert found.is_audit.tolist() == found.is_chosen.tolist() == [False, True]


def test_claims_are_the_majority_and_none_where_votes_are_even() -> None:
    judgments = said(
        ("1", "x", "a"), ("1", "y", "a"), ("1", "z", "b"),
        ("2", "x", "a"), ("2", "y", "b"),
        ("3", "x", "invalid"), ("3", "y", "tie"),
    )  # fmt: skip
    assert claims_of(judgments, None).to_pylist() == [
        {"item_id": "1", "verdict": "a"},
        {"item_id": "3", "verdict": "tie"},
    ]


def test_claims_may_be_the_word_of_one_annotator() -> None:
    judgments = said(("1", "imported", "b"), ("1", "y", "a"), ("2", "y", "a"))
    assert claims_of(judgments, "imported").to_pylist() == [{"item_id": "1", "verdict": "b"}]
    with pytest.raises(MalformedInput, match=r"no label was given by 'import'.*imported, y"):
        claims_of(judgments, "import")
