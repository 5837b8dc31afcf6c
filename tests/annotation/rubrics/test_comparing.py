import pytest

from winnow.annotation.rubrics.comparing import compare_criteria, share_said
from winnow.annotation.rubrics.versions import is_same, next_version
from winnow.schemas.rubrics import Criterion, Rubric

RUBRIC = Rubric(rubric_id="old", name="primes", source="ann")


def criterion(text: str, **more: object) -> Criterion:
    said = {"criterion_id": text, "rubric_id": "old", "kind": "checklist", "source": "ann", **more}
    return Criterion.model_validate({**said, "text": text})


def test_criteria_are_paired_by_their_words_then_by_likeness_and_the_rest_came_or_went() -> None:
    old = [criterion("Names a number."), criterion("The number is prime."), criterion("Is polite.")]
    new = [criterion("The number is a prime above ten."), criterion("Names a number.", weight=2.0), criterion("Zzz")]  # fmt: skip
    found = compare_criteria(old, new)
    assert [(c.change, c.old and c.old.text, c.new and c.new.text) for c in found] == [
        ("reworded", "The number is prime.", "The number is a prime above ten."),
        ("changed", "Names a number.", "Names a number."),
        ("new", None, "Zzz"),
        ("gone", "Is polite.", None),
    ]


def test_a_version_that_goes_back_to_the_words_of_an_older_one_is_a_version_of_its_own() -> None:
    first = [criterion("Names a number.")]
    second = next_version(RUBRIC, [criterion("Names two numbers.")])
    third = next_version(second.rubric, first)
    assert is_same(third.criteria, first) and third.rubric.replaces == second.rubric.rubric_id
    assert len({"old", second.rubric.rubric_id, third.rubric.rubric_id}) == 3


def test_the_share_that_others_say_too_counts_the_same_and_nearly_the_same_words() -> None:
    others = ["Gives a source for each claim.", "Names the king of the country."]
    said = ["gives a  SOURCE for each claim.", "Names a king of the country.", "Counts the moons."]
    assert share_said(said, others) == pytest.approx(2 / 3)
    assert share_said(others, others) == 1
    assert (share_said(said, []), share_said([], others)) == (0, 0)
