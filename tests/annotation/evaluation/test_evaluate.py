import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.annotation.evaluation.made_up import both, gold, items, judgments
from winnow.annotation.evaluation import TOGETHER, evaluate, figure_table
from winnow.schemas.errors import MalformedInput

RIGHT = {"x": "a", "y": "b", "z": "a", "w": "b"}


def verdicts(judge: str, said: str) -> list[tuple[str, str, str, str]]:
    return [row for item, v in zip(RIGHT, said, strict=True) for row in both(item, judge, v, v)]


def table(*rows: tuple[str, str, str | None, str]) -> pa.Table:
    return judgments(*rows)


def labelled(**columns: list[object]) -> pa.Table:
    return items(
        *({"item_id": i, **{n: c[k] for n, c in columns.items()}} for k, i in enumerate(RIGHT))
    )


def test_judges_stand_in_the_order_of_their_accuracy_with_the_gap_to_the_best() -> None:
    said = table(*verdicts("poor", "bbbb"), *verdicts("good", "abaa"))
    found = evaluate(said, gold(**RIGHT), labelled())
    assert [one.annotator for one in found.judges] == ["good", "poor"]
    assert found.best == "good"
    good, poor = found.judges
    assert good.behind_best is None
    assert poor.behind_best and poor.behind_best.value == pytest.approx(0.5 - 0.75)


def test_a_judge_of_a_few_comparisons_is_not_called_the_best() -> None:
    said = table(("x", "lucky", "ab", "a"), *verdicts("good", "abaa"))
    found = evaluate(said, gold(**RIGHT), labelled())
    assert found.judges[0].annotator == "lucky"
    assert found.best == "good"
    assert "1 of 2 judges has no readable verdict on some of the 4 cases" in found.notes[0]


def test_a_judge_that_read_nothing_is_unscored_and_never_the_best() -> None:
    silent = [(item, "silent", order, "invalid") for item in RIGHT for order in ("ab", "ba")]
    found = evaluate(table(*silent, *verdicts("poor", "bbab")), gold(**RIGHT), labelled())
    poor, unread = found.judges
    assert (found.best, poor.annotator) == ("poor", "poor")
    assert (
        poor.accuracy
        and poor.coverage
        and (poor.accuracy.value, poor.coverage.value) == (0.75, 1.0)
    )
    assert unread.coverage and (unread.coverage.value, unread.coverage.n) == (0.0, 4)
    assert (unread.accuracy, unread.both_orders, unread.length.longer) == (None, None, None)


def test_what_could_not_be_read_is_not_scored() -> None:
    rows = [
        *both("x", "j", "a", "a"),
        *both("y", "j", "invalid", "invalid"),
        *both("z", "j", "a", "invalid"),
    ]
    found = evaluate(table(*rows, *both("w", "j", "a", "a")), gold(**RIGHT), labelled())
    (one,) = found.judges
    assert one.accuracy and (one.accuracy.value, one.accuracy.n) == (pytest.approx(2 / 3), 3)
    assert one.coverage and (one.coverage.value, one.coverage.n) == (0.75, 4)
    assert one.both_orders and (one.both_orders.value, one.both_orders.n) == (0.5, 2)


def test_judges_of_whom_nothing_could_be_read_are_an_error_that_counts() -> None:
    with pytest.raises(MalformedInput, match="8 of 8 judgments are unreadable"):
        evaluate(
            table(*[(*row[:3], "invalid") for row in verdicts("j", "abab")]),
            gold(**RIGHT),
            labelled(),
        )


def test_all_judges_aggregated_stand_beside_them_and_one_alone_does_not() -> None:
    alone = evaluate(table(*verdicts("good", "abaa")), gold(**RIGHT), labelled())
    assert alone.together is None
    two = evaluate(
        table(*verdicts("good", "abaa"), *verdicts("also", "abab")), gold(**RIGHT), labelled()
    )
    assert two.together and two.together.annotator == TOGETHER
    assert two.together.calibration and two.together.calibration.n == 4


def test_people_are_no_part_of_what_judges_add_up_to() -> None:
    rows = [*verdicts("j", "bbbb"), *verdicts("k", "bbbb"), *verdicts("ann", "abab")]
    said = table(*rows).append_column("kind", pa.array(["llm"] * 16 + ["human"] * 8))
    found = evaluate(said, gold(**RIGHT), labelled())
    assert found.judges[0].annotator == "ann"
    assert found.together and found.together.n_judgments == 16
    alone = said.filter(pc.not_equal(said["annotator"], "k"))
    assert evaluate(alone, gold(**RIGHT), labelled()).together is None


def test_an_aggregated_label_has_not_seen_its_own_gold() -> None:
    rng = np.random.default_rng(1)
    truth = {str(k): "ab"[k % 2] for k in range(60)}
    rows = [(i, judge, "ab", str(rng.choice(["a", "b"]))) for i in truth for judge in ("p", "q")]
    found = evaluate(table(*rows), gold(**truth), items(*({"item_id": i} for i in truth)))
    assert found.together and found.together.accuracy
    assert found.together.accuracy.value < 0.7


def test_accuracy_is_cut_by_subset_language_and_length() -> None:
    known = labelled(
        subset=["s", "s", "t", "t"], language=["en", "de", "en", "de"],
        n_chars_a=[9, 9, 9, 9], n_chars_b=[1, 1, 1, 1],
    )  # fmt: skip
    (one,) = evaluate(table(*verdicts("j", "abaa")), gold(**RIGHT), known).judges
    cuts = {(p.by, p.name): p.accuracy.value for p in one.slices}
    assert cuts == {
        ("subset", "s"): 1.0, ("subset", "t"): 0.5, ("language", "de"): 0.5, ("language", "en"): 1.0,
        ("length", "the longer is right"): 1.0, ("length", "the shorter is right"): 0.5,
    }  # fmt: skip


def test_ties_of_gold_are_counted_apart() -> None:
    known = {**RIGHT, "level": "tie"}
    said = table(*verdicts("j", "abab"), *both("level", "j", "tie", "tie"))
    found = evaluate(said, gold(**known), items(*({"item_id": i} for i in known)))
    (one,) = found.judges
    assert one.accuracy and one.accuracy.n == 4
    assert one.named_ties and (one.named_ties.value, one.named_ties.n) == (1.0, 1)


def test_the_flat_table_holds_every_figure_with_its_cases() -> None:
    found = evaluate(
        table(*verdicts("j", "abaa"), *verdicts("k", "abab")), gold(**RIGHT), labelled()
    )
    rows = figure_table(found).to_pylist()
    accuracy = {
        r["annotator"]: r["value"] for r in rows if r["figure"] == "accuracy" and not r["slice"]
    }
    assert accuracy == {"j": 0.75, "k": 1.0, TOGETHER: pytest.approx(0.75, abs=0.26)}
    assert all(r["low"] <= r["value"] <= r["high"] for r in rows if r["low"] is not None)


def test_gold_that_meets_no_judged_comparison_is_an_error_that_counts() -> None:
    with pytest.raises(MalformedInput, match=r"4 comparisons, 0 with a decisive gold verdict"):
        evaluate(table(*verdicts("j", "abab")), gold(x="tie"), labelled())


def test_a_judged_item_that_nobody_labelled_is_named() -> None:
    with pytest.raises(MalformedInput, match="first 'other'"):
        evaluate(table(("other", "j", "ab", "a")), gold(**RIGHT), labelled())
