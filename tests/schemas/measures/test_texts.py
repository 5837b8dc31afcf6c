from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from winnow.annotation.quality.agreement import measure_agreement

COLUMNS = ("item_id", "annotator", "order", "verdict")


def votes(*rows: tuple[str, str, str, str], **more: list[object]) -> pa.Table:
    columns = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
    return pa.table({**columns, **more})


def one_row(table: pa.Table) -> dict[str, object]:
    (row,) = table.to_pylist()
    return row


def test_wilson_interval_of_eight_in_ten_is_the_published_one() -> None:
    rows = [(f"i{n}", "ann", "ab", "a" if n < 8 else "b") for n in range(10)]
    row = one_row(measure_agreement(votes(*rows)).tables["position"])
    assert row["share"] == 0.8
    assert (row["low"], row["high"]) == pytest.approx((0.4902, 0.9433), abs=0.0001)


def test_position_bias_counts_the_place_not_the_response() -> None:
    table = votes(("i", "ann", "ab", "a"), ("j", "ann", "ba", "b"), ("k", "ann", "ba", "tie"))
    row = one_row(measure_agreement(table).tables["position"])
    assert (row["hits"], row["n"]) == (2, 2)


def test_each_pair_is_compared_on_the_items_both_judged() -> None:
    table = votes(
        ("i", "ann", "ab", "a"),
        ("i", "bob", "ba", "a"),
        ("j", "ann", "ab", "a"),
        ("j", "bob", "ab", "tie"),
        ("k", "ann", "ab", "a"),
        ("l", "ann", "ab", "a"),
        ("l", "bob", "ab", "invalid"),
    )
    row = one_row(measure_agreement(table).tables["pairs"])
    assert (row["annotator"], row["other"], row["hits"], row["n"]) == ("ann", "bob", 1, 2)


def test_gold_accuracy_counts_ties_as_verdicts() -> None:
    table = votes(("i", "ann", "ab", "a"), ("j", "ann", "ab", "a"), ("k", "ann", "ab", "tie"))
    gold = pa.table({"item_id": ["i", "j", "k"], "verdict": ["a", "tie", "tie"]})
    row = one_row(measure_agreement(table, gold).tables["gold"])
    assert (row["hits"], row["n"]) == (2, 3)


def test_a_repeat_measures_oneself_and_not_the_others() -> None:
    table = votes(
        ("i", "ann", "ab", "a"),
        ("i", "ann", "ba", "b"),
        ("i", "bob", "ab", "a"),
        kind=["human"] * 3,
        repeat=[0, 1, 0],
    )
    tables = measure_agreement(table).tables
    assert (one_row(tables["repeats"])["hits"], one_row(tables["repeats"])["n"]) == (0, 1)
    assert (one_row(tables["pairs"])["hits"], one_row(tables["pairs"])["n"]) == (1, 1)


def test_drift_holds_each_week_against_the_others_on_the_same_items() -> None:
    first, second = datetime(2026, 3, 4, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC)
    rows = [(item, who, "ab", "a") for item in ("i", "j") for who in ("bob", "cid")]
    table = votes(
        *rows, ("i", "ann", "ab", "a"), ("j", "ann", "ab", "b"), created_at=[first] * 5 + [second]
    )
    drift = measure_agreement(table).tables["drift"].to_pylist()
    assert [(r["week"], r["hits"], r["n"]) for r in drift if r["annotator"] == "ann"] == [
        (date(2026, 3, 2), 1, 1),
        (date(2026, 3, 9), 0, 1),
    ]


def test_others_who_are_divided_say_nothing_about_drift() -> None:
    when = [datetime(2026, 3, 4, tzinfo=UTC)] * 3
    table = votes(
        ("i", "ann", "ab", "a"), ("i", "bob", "ab", "a"), ("i", "cid", "ab", "b"), created_at=when
    )
    assert [r["annotator"] for r in measure_agreement(table).tables["drift"].to_pylist()] == ["cid"]


def test_time_per_item_is_a_median_with_its_quarter_points() -> None:
    rows = [(f"i{n}", "ann", "ab", "a") for n in range(6)]
    table = votes(*rows, seconds=[10.0, 20.0, 30.0, 40.0, 50.0, None])
    row = one_row(measure_agreement(table).tables["seconds"])
    assert row == {
        "annotator": "ann",
        "kind": "human",
        "n": 5,
        "low": 20.0,
        "median": 30.0,
        "high": 40.0,
    }
