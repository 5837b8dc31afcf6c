"""Criteria that say the same become one, opposites are refused, and each criterion is accounted for."""

from collections.abc import Iterable
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from tests.annotation.rubrics.merging.toy import known
from winnow.annotation.rubrics.merging.pooled import NearPair, Pooled, PooledCriterion
from winnow.annotation.rubrics.merging.pooling import pool
from winnow.annotation.rubrics.merging.weighing import cost_of_leaving_out, fitted_weights

UNIT, UNITS, STEPS = "States the unit.", "Gives the unit of the result.", "Shows each step."


def criterion(text: str, *examples: str, **more: Any) -> PooledCriterion:
    fields: dict[str, Any] = {
        "criterion_id": more.pop("criterion_id", text), "text": text, "kind": "principle", "weight": 1.0,
        "title": None, "importance": None, "turn": None, "levels": (), "requires": (),
        "examples": frozenset(examples or ("p1",)), "n_sources": max(1, len(examples)),
    }  # fmt: skip
    return PooledCriterion(**(fields | more))


def near(*pairs: tuple[int, int, str]) -> list[NearPair]:
    return [NearPair(one, other, 0.9, relation) for one, other, relation in pairs]  # type: ignore[arg-type]


def texts_of(found: Pooled, criteria: list[PooledCriterion]) -> list[str]:
    return [criteria[one.place].text for one in found.merged]


def reasons_of(found: Pooled) -> dict[int, str]:
    return {one.place: one.reason for one in found.refused}


def accounted(found: Pooled, n: int) -> bool:
    members = [place for one in found.merged for place in one.members]
    return sorted([*members, *(one.place for one in found.refused)]) == list(range(n))


def test_what_says_the_same_becomes_one_in_the_words_that_rest_on_most_prompts() -> None:
    criteria = [criterion(UNIT, "p1"), criterion(UNITS, "p2", "p3"), criterion(STEPS, "p4")]
    found = pool(criteria, near((0, 1, "same")), most=8)
    assert texts_of(found, criteria) == [UNITS, STEPS]
    assert found.merged[0].members == (0, 1)
    assert accounted(found, 3)


def test_a_and_c_that_differ_never_meet_by_way_of_b() -> None:
    criteria = [criterion("one"), criterion("two"), criterion("three")]
    found = pool(criteria, near((0, 1, "same"), (1, 2, "same"), (0, 2, "different")), most=8)
    assert [one.members for one in found.merged] == [(0, 1), (2,)]


def test_what_is_worded_alike_is_one_without_asking_and_one_trace_does_not_count_often() -> None:
    criteria = [criterion("States the unit", "p1", criterion_id=str(i)) for i in range(50)] + [
        criterion("states  the UNIT.", "p1", criterion_id="other")
    ]
    found = pool(criteria, most=8, least_examples=2)
    assert (found.merged, set(reasons_of(found).values())) == ((), {"single_example"})
    assert accounted(found, 51)


def test_words_that_differ_in_signs_are_not_one_without_asking() -> None:
    texts = ["Returns -5", "Returns 5", "Is written in C++.", "Is written in C.", "x > 5", "x < 5"]
    assert len(pool([criterion(text) for text in texts], most=8).merged) == 6


def test_a_wording_that_stands_there_often_is_merged_by_one_answer() -> None:
    criteria = [
        criterion(text, str(i), criterion_id=f"{text}{i}")
        for i in range(5)
        for text in (UNIT, UNITS)
    ]
    found = pool(criteria, near((0, 1, "same")), most=8)
    assert [len(one.members) for one in found.merged] == [10]


def test_of_opposites_the_one_that_rests_on_less_is_refused_with_both_texts() -> None:
    criteria = [criterion("Is brief.", "p1", "p2"), criterion("Explains at length.", "p3")]
    found = pool(criteria, near((0, 1, "opposite")), most=8)
    assert texts_of(found, criteria) == ["Is brief."]
    (refused,) = found.refused
    assert refused.reason == "contradicts"
    assert refused.detail == (
        "'Explains at length.' (rests on 1 prompt) stands against 'Is brief.' (2 prompts)"
    )


def test_opposites_that_rest_on_as_much_are_both_refused() -> None:
    criteria = [criterion("Is brief."), criterion("Explains at length."), criterion(STEPS)]
    found = pool(criteria, near((0, 1, "opposite")), most=8)
    assert reasons_of(found) == {0: "contradicts", 1: "contradicts"}
    assert texts_of(found, criteria) == [STEPS]


def test_what_stands_only_against_something_refused_stays() -> None:
    criteria = [criterion("a", "p1", "p2"), criterion("b", "p1"), criterion("c", "p1")]
    found = pool(criteria, near((0, 1, "opposite"), (1, 2, "opposite")), most=8)
    assert reasons_of(found) == {1: "contradicts"}


@pytest.mark.parametrize("said", ["same", "different", "opposite"])
def test_a_mirror_image_is_never_merged_whatever_the_judge_says(said: str) -> None:
    criteria = [
        criterion("The response states the unit.", "p1", "p2"),
        criterion("Does not state the unit."),
    ]
    found = pool(criteria, near((0, 1, said)), most=8)
    assert reasons_of(found) == {1: "mirror"}


def test_a_mirror_image_is_one_whichever_of_those_that_say_the_same_it_is_held_against() -> None:
    criteria = [
        criterion("States the unit.", "p1", "p2"),
        criterion("Gives the unit.", "p3"),
        criterion("Does not state the unit."),
    ]
    pairs = near((0, 1, "same"), (0, 2, "opposite"), (1, 2, "opposite"))
    assert reasons_of(pool(criteria, pairs, most=8)) == {2: "mirror"}


def test_a_pitfall_and_its_avoidance_ask_for_the_same_and_a_pitfall_against_a_demand_does_not() -> (
    None
):
    criteria = [
        criterion("Invents sources.", importance="pitfall"),
        criterion("Does not invent sources."),
    ]
    assert pool(criteria, near((0, 1, "opposite")), most=8).refused == ()
    wanted = [
        criterion("Cites sources.", "p1", "p2"),
        criterion("Gives sources.", importance="pitfall"),
    ]
    assert reasons_of(pool(wanted, near((0, 1, "same")), most=8)) == {1: "contradicts"}


def test_the_same_words_as_a_demand_and_as_a_pitfall_contradict_each_other_without_asking() -> None:
    criteria = [
        criterion(UNIT, "p1", "p2"),
        criterion(UNIT, importance="pitfall", criterion_id="2"),
    ]
    assert reasons_of(pool(criteria, most=8)) == {1: "contradicts"}


def test_criteria_of_different_turns_are_never_one() -> None:
    criteria = [
        criterion(UNIT, turn=1),
        criterion(UNITS, turn=2),
        criterion(UNIT, turn=2, criterion_id="2"),
    ]
    found = pool(criteria, near((0, 1, "same")), most=8)
    assert len(found.merged) == 3


def test_the_highest_degree_and_weight_of_all_members_stay() -> None:
    criteria = [
        criterion(UNIT, weight=1, importance="optional"),
        criterion(UNITS, weight=3, importance="essential"),
    ]
    (one,) = pool(criteria, near((0, 1, "same")), most=8).merged
    assert (one.weight, one.importance) == (3, "essential")


def test_a_rubric_keeps_one_of_each_kind_before_two_of_one() -> None:
    kinds = [
        "state the unit of the result",
        "show each step of the proof",
        "name a source for facts",
    ]
    criteria = [criterion(f"{kind} {word}", f"p{i}") for i, (kind, word) in enumerate((k, w) for k in kinds for w in ("clearly", "plainly", "fully"))]  # fmt: skip
    found = pool(criteria, most=3)
    assert {text.rsplit(" ", 1)[0] for text in texts_of(found, criteria)} == set(kinds)
    assert set(reasons_of(found).values()) == {"over_cap"}
    assert accounted(found, 9)


def test_what_requires_something_refused_is_refused_as_well() -> None:
    criteria = [
        criterion("a", criterion_id="a"),
        criterion("b", "p1", "p2"),
        criterion("c", requires=("a",)),
    ]
    found = pool(criteria, near((0, 1, "opposite")), most=8)
    assert reasons_of(found) == {0: "contradicts", 2: "contradicts"}


def verdicts(seed: int, n: int, hit: Iterable[float]) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.column_stack(
        [np.where(rng.random(n) < 0.5, 0.0, np.where(rng.random(n) < p, 1.0, -1.0)) for p in hit]
    )


def test_what_adds_nothing_by_its_verdicts_is_refused_and_the_rest_is_weighed() -> None:
    criteria = [criterion(text) for text in ("one", "two", "three")]
    found = pool(criteria, most=8, differences=known(verdicts(1, 500, (0.9, 0.7, 0.5))))
    assert reasons_of(found) == {2: "no_gain"}
    assert found.merged[0].weight > found.merged[1].weight > 0


def test_what_nobody_judged_by_stays_with_its_weight_and_its_place() -> None:
    criteria = [criterion(text, "p1", weight=2) for text in ("one", "two", "three")]
    some = verdicts(1, 500, (0.9, 0.5, 0.5))
    some[:, 2] = np.nan
    found = pool(criteria, most=8, differences=known(some))
    assert reasons_of(found) == {1: "no_gain"}
    assert [(one.place, one.weight) for one in found.merged] == [(0, 1.0), (2, 2.0)]
    few = verdicts(1, 10, (0.9, 0.4, 0.5))
    few[:, 2] = np.nan
    assert reasons_of(pool(criteria, most=2, differences=known(few))) == {1: "over_cap"}


def test_leaving_out_costs_what_the_fitted_weights_say() -> None:
    criteria = [criterion(text) for text in ("one", "two")]
    some = verdicts(1, 500, (0.95, 0.65))
    weights = fitted_weights(known(some))
    assert weights is not None
    (refused,) = pool(criteria, most=1, differences=known(some)).refused
    cost = cost_of_leaving_out(known(some), weights)[1]
    assert refused.detail.endswith(f"leaving it out costs {cost:.3f} of accuracy"), refused


def test_opposites_show_in_the_verdicts_though_no_judge_saw_them() -> None:
    one = verdicts(1, 100, (0.9,))[:, 0]
    criteria = [criterion("Is brief.", "p1", "p2"), criterion("Says all there is to say.")]
    found = pool(criteria, most=8, differences=known(np.column_stack([one, -one])))
    assert reasons_of(found) == {1: "contradicts"}


def test_every_criterion_is_accounted_for_in_random_pools() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        n = int(rng.integers(1, 30))
        criteria = [criterion(f"c{rng.integers(0, 20)}", *(f"p{k}" for k in rng.integers(0, 4, 3)), criterion_id=str(i)) for i in range(n)]  # fmt: skip
        pairs = [(a, b, str(rng.choice(["same", "opposite", "different"]))) for a, b in combinations(range(n), 2) if rng.random() < 0.3]  # fmt: skip
        assert accounted(pool(criteria, near(*pairs), most=5, least_examples=2), n)
