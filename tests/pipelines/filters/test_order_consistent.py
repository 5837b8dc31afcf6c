import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pipelines.filters.columns import columns, why
from winnow.pipelines.filters import Case, OrderConsistent, Stand


def case(*stands: Stand) -> Case:
    return Case("c", "p", 0.6, 0.3, 0.1, 1.0, stands)


FIRM, FLIPPED = Stand("verifier", 1.0, False), Stand("judge", 2.0, True)


def test_a_reliable_judge_that_flips_outweighs_a_weaker_one_that_stands_firm() -> None:
    assert why(OrderConsistent(), case(FIRM, FLIPPED)) == (
        "the share of the weight that flipped with the order is 0.667, wanted at most 0.5: judge"
    )


def test_a_worthless_judge_that_flips_has_no_veto() -> None:
    assert why(OrderConsistent(), case(FIRM, Stand("tiny", 0.0, True))) is None


def test_a_judge_worse_than_chance_weighs_by_how_much_it_tells() -> None:
    contrary = Stand("contrary", -2.0, True)
    assert why(OrderConsistent(), case(FIRM, contrary)) is not None


def test_where_nobody_has_weight_each_annotator_counts_alike() -> None:
    nobody = [Stand("x", 0.0, True), Stand("y", 0.0, True), Stand("z", 0.0, False)]
    assert OrderConsistent().figures(columns(case(*nobody))) == pytest.approx(2 / 3)


def test_a_threshold_of_zero_lets_nobody_of_weight_flip() -> None:
    strict = OrderConsistent(threshold=0)
    assert why(strict, case(Stand("a", 9.0, False), Stand("b", 0.1, True))) is not None
    assert why(strict, case(Stand("a", 9.0, False), Stand("b", 0.0, True))) is None


def test_nobody_flips_where_nobody_judged() -> None:
    assert why(OrderConsistent(threshold=0), case()) is None


@given(st.lists(st.tuples(st.floats(-5, 5), st.booleans()), max_size=6))
def test_the_share_is_a_share(rows: list[tuple[float, bool]]) -> None:
    stands = [Stand(str(i), weight, flips) for i, (weight, flips) in enumerate(rows)]
    (share,) = OrderConsistent().figures(columns(case(*stands)))
    assert 0 <= share <= 1
