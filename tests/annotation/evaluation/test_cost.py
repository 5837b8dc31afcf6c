import pytest

from tests.annotation.evaluation.made_up import both, judgments, known, said
from winnow.annotation.evaluation.cost import Cost, add_costs, measure_cost

ROWS = [*both("x", "j", "a", "a"), *both("y", "j", "a", "a")]


def test_cost_is_for_a_thousand_comparisons_all_orders_included() -> None:
    table = judgments(*ROWS, cost=[0.001, 0.003, 0.002, 0.002], n_tokens=[10, 20, 30, 40])
    found = measure_cost(said(table, known({"x": "a", "y": "a"})))
    assert found.money == pytest.approx(4.0)
    assert found.tokens_generated == pytest.approx(50_000)
    assert (found.tokens_read, found.seconds) == (None, None)


def test_a_comparison_with_an_unknown_part_is_left_out_of_its_cost() -> None:
    table = judgments(*ROWS, cost=[0.001, None, 0.002, 0.002])
    assert measure_cost(said(table, known({"x": "a", "y": "a"}))).money == pytest.approx(4.0)


def test_judges_together_cost_their_sum_or_are_unknown() -> None:
    one, other = Cost(1.0, 5.0, 2.0, None), Cost(2.0, None, 3.0, None)
    assert add_costs([one, other]) == Cost(3.0, None, 5.0, None)
