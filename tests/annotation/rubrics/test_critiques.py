"""A critique held against a person's by what both name; and what several people name in words of their own."""

import itertools
import random

import numpy as np
import pytest

from tests.annotation.rubrics.deriving import page, replies
from winnow.annotation.rubrics.consensus import NamedPrinciple, shared_principles
from winnow.annotation.rubrics.critiques import (
    ask_for_arguments,
    ask_for_matches,
    match_critiques,
    read_arguments,
    read_matches,
)


def test_arguments_match_one_to_one_as_many_as_any_choice_can() -> None:
    draw = np.random.default_rng(7)
    for _ in range(200):
        n, m = map(int, draw.integers(1, 5, 2))
        same = draw.random((n, m)) < 0.4
        short, long = (same, (n, m)) if n <= m else (same.T, (m, n))
        best = max(
            sum(short[i, j] for i, j in enumerate(chosen))
            for chosen in itertools.permutations(range(long[1]), long[0])
        )
        found = match_critiques(same)
        assert found is not None and found.n_matched == best
        assert found.precision == best / n and found.recall == best / m


def test_one_vague_argument_matches_one_of_the_others() -> None:
    found = match_critiques(np.ones((1, 4), bool))
    assert found is not None and found.n_matched == 1
    assert (found.precision, found.recall, found.f1) == (1.0, 0.25, 0.4)


def test_a_critique_without_arguments_scores_nothing_and_a_person_without_any_measures_nothing() -> (
    None
):
    empty = match_critiques(np.zeros((0, 3), bool))
    assert empty is not None and (empty.precision, empty.recall, empty.f1) == (0, 0, 0)
    assert match_critiques(np.zeros((2, 0), bool)) is None


def test_arguments_are_read_with_their_words() -> None:
    critique = "The first one cites a source; the second rambles."
    assert critique in page(ask_for_arguments(critique))
    said = {
        "arguments": [
            {"quote": "cites a source", "argument": "the first has a source"},
            {"quote": "is rude", "argument": "the second is rude"},
            {"quote": "rambles", "argument": "the second rambles"},
            {"quote": "rambles", "argument": "the second rambles"},
        ]
    }
    (reply,) = replies(said)
    assert read_arguments(critique, reply) == ["the first has a source", "the second rambles"]
    assert read_arguments(critique, replies("none")[0]) is None


def test_matches_are_read_by_number_and_one_that_is_not_there_makes_them_unreadable() -> None:
    assert "2. y" in page(ask_for_matches(["x", "y"], ["z"]))
    (reply,) = replies({"same": [{"critique": 2, "person": 1}]})
    same = read_matches(2, 1, reply)
    assert same is not None and same.tolist() == [[False], [True]]
    for wrong in (
        {"critique": 3, "person": 1},
        {"critique": 0, "person": 1},
        {"critique": True, "person": 1},
        5,
    ):
        assert read_matches(2, 1, replies({"same": [wrong]})[0]) is None


def named(who: str, text: str, answer: bool = True) -> NamedPrinciple:
    return NamedPrinciple(who, text, answer)


def test_what_is_alike_two_by_two_but_not_all_is_not_joined_by_a_chain() -> None:
    people = [named("ada", "a"), named("ben", "b"), named("eve", "c")]
    similarity = np.array([[1, 0.82, 0.5], [0.82, 1, 0.81], [0.5, 0.81, 1]])
    found = shared_principles(people, similarity, 0.8)
    assert [one.members for one in found] == [(0, 1), (2,)]


def test_one_person_is_never_two_and_answers_that_differ_are_a_conflict() -> None:
    people = [named("ada", "a"), named("ada", "b"), named("ben", "c", False)]
    found = shared_principles(people, np.ones((3, 3)), 0.8)
    assert sorted((one.members, one.is_conflict) for one in found) == [
        ((0, 2), True),
        ((1,), False),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_people_changes_nothing(seed: int) -> None:
    draw = random.Random(seed)
    people = [named(who, f"{who} {i}") for who in ("ada", "ben", "eve") for i in range(3)]
    points = np.array([[draw.random(), draw.random()] for _ in people])
    similarity = 1 - np.abs(points[:, None] - points[None]).mean(axis=2)

    def groups(order: list[int]) -> set[frozenset[str]]:
        found = shared_principles([people[i] for i in order], similarity[np.ix_(order, order)], 0.8)
        return {frozenset(people[order[i]].text for i in one.members) for one in found}

    first = groups(list(range(9)))
    for _ in range(10):
        assert groups(draw.sample(range(9), 9)) == first
