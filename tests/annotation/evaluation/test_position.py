import pytest

from tests.annotation.evaluation.made_up import both, judgments, known, said
from winnow.annotation.evaluation.position import measure_position


def test_a_judge_that_names_the_first_shown_is_found_out() -> None:
    labelled = known({str(k): "a" if k % 2 else "b" for k in range(40)})
    rows = [row for k in range(40) for row in both(str(k), "j", "a", "b")]
    found = measure_position(said(judgments(*rows), labelled), labelled)
    assert found.consistency and found.first and found.flips_to_first and found.bias
    assert (found.consistency.value, found.first.value, found.flips_to_first.value) == (0, 1, 1)
    assert found.bias.value == pytest.approx(0.5)


def test_one_order_alone_shows_a_bias_only_against_gold() -> None:
    labelled = known({str(k): "a" if k < 30 else "b" for k in range(40)})
    rows = [(str(k), "j", "ab", "a" if k < 30 else "b") for k in range(40)]
    found = measure_position(said(judgments(*rows), labelled), labelled)
    assert found.first and found.bias
    assert found.first.value == 0.75
    assert found.bias.value == 0.0
    assert found.consistency is None


def test_a_tie_in_one_order_is_no_agreement_and_no_decisive_flip() -> None:
    labelled = known({"x": "a", "y": "a"})
    rows = [*both("x", "j", "a", "tie"), *both("y", "j", "tie", "tie")]
    found = measure_position(said(judgments(*rows), labelled), labelled)
    assert found.consistency and found.consistency.value == 0.5
    assert found.flips_to_first is None


def test_without_orders_nothing_is_told() -> None:
    labelled = known({"x": "a"})
    assert measure_position(said(judgments(("x", "j", None, "a")), labelled), labelled) == (
        None, None, None, None,
    )  # fmt: skip
