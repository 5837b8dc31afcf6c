"""What a verdict and an order are once the responses have changed names."""

from typing import get_args

from winnow.schemas.judgments import Order, Verdict
from winnow.schemas.sides import OTHER_ORDER, OTHER_VERDICT


def test_to_change_names_twice_changes_nothing() -> None:
    assert {verdict: OTHER_VERDICT[OTHER_VERDICT[verdict]] for verdict in OTHER_VERDICT} == {
        verdict: verdict for verdict in get_args(Verdict)
    }
    assert {order: OTHER_ORDER[OTHER_ORDER[order]] for order in OTHER_ORDER} == {
        order: order for order in get_args(Order)
    }


def test_only_a_decision_changes() -> None:
    assert (OTHER_VERDICT["a"], OTHER_VERDICT["tie"], OTHER_ORDER["ab"]) == ("b", "tie", "ba")
