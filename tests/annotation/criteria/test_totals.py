import itertools
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from winnow.annotation.criteria.totals import (
    Met,
    TotalRule,
    positive_only,
    settle,
    total_of,
    totals_by_turn,
)
from winnow.schemas.rubrics import Criterion


def criterion(name: str, weight: float = 1.0, **more: Any) -> Criterion:
    fields = {"kind": "checklist", "text": name, "source": "ann", **more}
    return Criterion(criterion_id=name, rubric_id="r", weight=weight, **fields)


A, B = criterion("a", 3.0), criterion("b", 1.0)
PITFALL = criterion("rude", 2.0, importance="pitfall")
RULE = criterion("rule", kind="hard_rule")


@pytest.mark.parametrize(
    ("criteria", "met", "total"),
    [
        ((A, B), {"a": 1.0, "b": 0.0}, 0.75),
        ((A, B), {"a": 0.5, "b": 1.0}, 0.625),
        ((A, B), {"a": None, "b": 1.0}, 1.0),
        ((A, B, PITFALL), {"a": 1.0, "b": 1.0, "rude": 1.0}, 0.5),
        ((A, B, PITFALL), {"a": 1.0, "b": 1.0, "rude": 0.0}, 1.0),
        ((criterion("rude", -2.0), A), {"a": 0.0, "rude": 1.0}, -2 / 3),
        ((PITFALL,), {"rude": 1.0}, -1.0),
        ((PITFALL,), {"rude": 0.0}, 0.0),
        ((criterion("x", 0.0), criterion("y", 0.0)), {"x": 1.0, "y": 0.0}, 0.5),
        ((A, B), {"a": None, "b": None}, None),
        ((), {}, None),
    ],
)
def test_a_weighted_total_is_the_mean_of_what_is_met_less_the_pitfalls(
    criteria: tuple[Criterion, ...], met: Met, total: float | None
) -> None:
    assert total_of(criteria, met) == (None if total is None else pytest.approx(total))


def test_too_few_answers_give_no_total_and_what_does_not_apply_is_an_answer() -> None:
    assert total_of((A, B), {"b": 1.0}, least=0.8) is None
    assert total_of((A, B), {"a": 1.0}, least=0.7) == 1.0
    assert total_of((A, B), {"a": None, "b": 1.0}, least=0.8) == 1.0


@pytest.mark.parametrize(
    ("rule", "hard", "a", "total"),
    [
        ("gated", 1.0, 1.0, 1.0),
        ("gated", 1.0, 0.0, 0.25),
        ("gated", 0.0, 1.0, 0.0),
        ("gated", None, 0.0, 0.0),
        ("positive_only", 0.0, 1.0, 0.0),
        ("positive_only", 0.0, 0.0, 0.0),
        ("positive_only", 1.0, 0.0, 0.8),
        ("positive_only", 1.0, 1.0, 1.0),
        ("positive_only", None, 1.0, 1.0),
    ],
)
def test_a_response_that_breaks_a_hard_rule_gets_nothing(
    rule: TotalRule, hard: float | None, a: float, total: float
) -> None:
    assert total_of((RULE, A), {"rule": hard, "a": a}, rule) == pytest.approx(total)
    essential = criterion("rule", importance="essential")
    assert total_of((essential, A), {"rule": hard, "a": a}, rule) == pytest.approx(total)


def test_a_hard_rule_without_an_answer_gives_no_gated_total_rather_than_nothing() -> None:
    for rule in ("gated", "positive_only"):
        assert total_of((RULE, A), {"a": 1.0}, rule) is None


def test_positive_only_refines_among_those_that_passed() -> None:
    table = [[positive_only(passes, r) for r in (0, 0.5, 1)] for passes in (False, True)]
    assert table == [[0, 0, 0], pytest.approx([0.8, 0.9, 1.0])]


def test_what_requires_another_counts_only_where_that_is_met() -> None:
    later = criterion("later", requires=("first",))
    first, rude = criterion("first"), criterion("rude", importance="pitfall", requires=("first",))
    both = (first, later)
    assert total_of(both, {"first": 1.0, "later": 1.0}) == 1.0
    assert total_of(both, {"first": 0.0, "later": 1.0}) == 0.0
    assert total_of(both, {"first": None, "later": 1.0}) is None
    assert total_of(both, {"later": 1.0}) is None
    assert total_of((first, rude), {"first": 0.0, "rude": 1.0}) == 0.0
    assert total_of((criterion("x", requires=("gone",)),), {"x": 1.0}) == 1.0


@st.composite
def _graphs(draw: st.DrawFn) -> list[tuple[int, ...]]:
    n = draw(st.integers(1, 6))
    return [
        tuple(sorted(draw(st.sets(st.integers(0, i - 1), max_size=3)) if i else ()))
        for i in range(n)
    ]


@given(_graphs())
def test_over_all_answers_and_any_dependencies_the_total_is_the_direct_sum(
    graph: list[tuple[int, ...]],
) -> None:
    n = len(graph)
    criteria = [
        criterion(f"{i}", float(i + 1), requires=tuple(f"{j}" for j in of))
        for i, of in enumerate(graph)
    ]
    for said in itertools.product([0.0, 1.0], repeat=n):

        def counts(i: int, said: tuple[float, ...] = said) -> bool:
            return said[i] == 1 and all(counts(j) for j in graph[i])

        met = {f"{i}": one for i, one in enumerate(said)}
        direct = sum((i + 1) * counts(i) for i in range(n)) / sum(range(1, n + 1))
        assert total_of(criteria, met) == pytest.approx(direct)


def test_turns_have_totals_of_their_own_and_what_one_requires_may_lie_in_another() -> None:
    criteria = (
        criterion("a", turn=1),
        criterion("b", 3.0, turn=2, requires=("a",)),
        criterion("c", turn=2),
        criterion("d", turn=3),
        criterion("e"),
    )
    met = {"a": 0.0, "b": 1.0, "c": 1.0, "d": None, "e": 1.0}
    assert totals_by_turn(criteria, met) == {1: 0.0, 2: 0.25}


def test_criteria_that_require_each_other_fall_together() -> None:
    x, y = criterion("x", requires=("y",)), criterion("y", requires=("x",))
    assert settle((x, y), {"x": 1.0, "y": 1.0}) == {"x": 1.0, "y": 1.0}
    assert settle((x, y), {"x": 1.0, "y": 0.0}) == {"x": 0.0, "y": 0.0}
