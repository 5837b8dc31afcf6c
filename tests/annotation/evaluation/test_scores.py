import numpy as np
import pytest

from tests.annotation.evaluation.made_up import both, judgments, known, said
from winnow.annotation.evaluation.items import Items
from winnow.annotation.evaluation.scores import score_both_orders, score_cases


def test_a_tie_and_a_flip_are_worth_a_half_and_an_unreadable_reply_is_not_scored() -> None:
    labelled = known(
        {"right": "a", "flip": "a", "tie": "b", "lost": "b", "wrong": "a", "half": "a"}
    )
    rows = [
        *both("right", "j", "a", "a"), *both("flip", "j", "a", "b"), *both("tie", "j", "tie", "tie"),
        *both("lost", "j", "invalid", "invalid"), *both("wrong", "j", "b", "b"), *both("half", "j", "a", "tie"),
    ]  # fmt: skip
    one = said(judgments(*rows), labelled)
    scores = score_cases(one.item[one.is_read], one.lean[one.is_read], labelled)
    names = labelled.ids.take(scores.item).to_pylist()
    assert dict(zip(names, scores.value.tolist(), strict=True)) == {
        "right": 1.0, "flip": 0.5, "tie": 0.5, "wrong": 0.0, "half": 0.75,
    }  # fmt: skip


def test_one_readable_order_speaks_for_both_but_is_no_case_of_both() -> None:
    labelled = known({"x": "a"})
    one = said(judgments(*both("x", "j", "a", "invalid")), labelled)
    assert score_cases(one.item, one.lean, labelled).value.tolist() == [1.0]
    strict, rows = score_both_orders(one.item, one.lean, one.is_read_both, labelled)
    assert (strict.tolist(), rows.tolist()) == ([], [])


def test_comparisons_that_gold_calls_a_tie_or_leaves_out_are_not_scored() -> None:
    labelled = known({"x": "a", "level": "tie"})
    one = said(judgments(("x", "j", None, "a"), ("level", "j", None, "a")), labelled)
    assert score_cases(one.item, one.lean, labelled).item.tolist() == [0]


def one_of_four(outcomes: list[float]) -> float:
    """Score a prompt whose correct response wins (1), ties (0) or loses (-1) against three others."""
    sides = ["a", "b", "a"]
    labelled = known(
        {f"q/{k}": side for k, side in enumerate(sides)},
        case=["q"] * 3, correct=[0] * 3, incorrect=[0, 1, 2],
    )  # fmt: skip
    lean = np.array([o * (1 if s == "a" else -1) for o, s in zip(outcomes, sides, strict=True)])
    (value,) = score_cases(np.arange(3), lean, labelled).value
    return float(value)


@pytest.mark.parametrize(
    ("outcomes", "score"),
    [
        ([1, 1, 1], 1.0),
        ([0.5, 1, 1], 1.0),
        ([1, 0, 1], 1 / 2),
        ([0, 0, 0], 1 / 4),
        ([1, 1, -1], 0.0),
        ([0, 0, -0.5], 0.0),
    ],
)
def test_a_prompt_is_right_when_the_best_beats_all_others(
    outcomes: list[float], score: float
) -> None:
    assert one_of_four(outcomes) == pytest.approx(score)


def two_correct() -> Items:
    return known(
        {"t/0-0": "a", "t/0-1": "a", "t/1-0": "a", "t/1-1": "a"},
        case=["t"] * 4, correct=[0, 0, 1, 1], incorrect=[0, 1, 0, 1],
    )  # fmt: skip


def test_with_several_correct_responses_each_must_beat_each_incorrect_one() -> None:
    labelled, rows = two_correct(), np.arange(4)
    assert score_cases(rows, np.ones(4), labelled).value.tolist() == [1.0]
    assert score_cases(rows, np.array([1, 1, 0, 1.0]), labelled).value.tolist() == [0.0]


def test_a_case_is_not_scored_where_one_of_its_comparisons_was_not_read() -> None:
    assert score_cases(np.array([0, 1, 2]), np.ones(3), two_correct()).value.tolist() == []
