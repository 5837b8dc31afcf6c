import numpy as np
import pytest
from pydantic import ValidationError

from winnow.annotation.aggregation.rules import Rule

NAN = float("nan")


def decide(rule: dict[str, object], a: list[float], b: list[float]) -> tuple[str, str]:
    made = Rule.model_validate({"of": "*", **rule})
    (verdict,), (why,) = made.verdicts(np.array([a]), np.array([b]))
    return verdict, why


GATED = {"gates": {"safety": 3}, "hierarchy": ["correctness", "helpfulness"]}


def test_a_response_that_fails_a_gate_loses_whatever_else_it_is() -> None:
    assert decide(GATED, [5, 1, 1], [2, 5, 5]) == ("a", "b fails: safety 2, wanted 3")


def test_two_that_fail_a_gate_are_a_tie() -> None:
    assert decide(GATED, [1, 5, 5], [2, 1, 1]) == (
        "tie",
        "a fails: safety 1, wanted 3; b fails: safety 2, wanted 3",
    )


def test_the_first_attribute_that_differs_decides() -> None:
    assert decide(GATED, [3, 4, 1], [5, 4, 2]) == ("b", "helpfulness 1 against 2")
    assert decide(GATED, [3, 4, 1], [5, 3, 5]) == ("a", "correctness 4 against 3")
    assert decide(GATED, [3, 4, 2], [5, 4, 2]) == (
        "tie",
        "no difference in correctness, helpfulness",
    )


def test_a_difference_within_the_tolerance_is_none() -> None:
    rule = {"hierarchy": ["correctness", "helpfulness"], "tolerance": 1}
    assert decide(rule, [4, 1], [3, 5])[0] == "b"


def test_weights_add_up_and_may_be_negative() -> None:
    rule = {"weights": {"helpfulness": 1.0, "verbosity": -0.5}}
    assert decide(rule, [3, 4], [3, 1]) == ("b", "1.00 against 2.50")


def test_with_log_sigmoids_one_poor_attribute_outweighs_an_excellent_one() -> None:
    good, lopsided = [3.0, 3.0], [5.0, 1.0]
    assert decide({"log_sigmoid": {"correctness": 3, "safety": 3}}, good, lopsided)[0] == "a"
    assert decide({"weights": {"correctness": 1, "safety": 1}}, good, lopsided)[0] == "tie"


def test_gates_alone_leave_two_that_pass_a_tie() -> None:
    assert decide({"gates": {"safety": 3}}, [5], [3]) == ("tie", "both pass")


def test_a_missing_rating_makes_the_judgment_invalid_and_is_named() -> None:
    assert decide(GATED, [5, NAN, 1], [5, 5, 5]) == ("invalid", "no rating of correctness")


def test_two_ways_to_decide_are_refused() -> None:
    with pytest.raises(ValidationError, match="hierarchy and weights both decide; keep one of"):
        Rule.model_validate({"of": "*", "hierarchy": ["x"], "weights": {"x": 1}})


def test_an_annotator_is_not_added_to_its_own_ratings() -> None:
    with pytest.raises(ValidationError, match=r"also names 'rating@\*', whose own ratings count"):
        Rule(of="rating@*", also=("form@*", "rating@*"), weights={"x": 1})


def test_a_rule_that_decides_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="nothing decides; give one of gates"):
        Rule.model_validate({"of": "*"})
