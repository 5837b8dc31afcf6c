import pytest

from winnow.annotation.rubrics.reviewing import Reviewed, review, standing_reviews
from winnow.schemas.rubrics import Criterion, CriterionReview, Rubric

RUBRIC = Rubric(rubric_id="old", name="primes", prompt_id="p", source="derived")
CRITERIA = [
    Criterion(criterion_id=i, rubric_id="old", kind="checklist", text=text, weight=2.0, source="derived", validity=0.7)
    for i, text in (("number", "Names a number"), ("prime", "The number is prime"))
]  # fmt: skip


def said(criterion: str, decision: str, who: str = "ann", **more: object) -> CriterionReview:
    fields = {"answer_id": f"{who}-1", "criterion_id": criterion, "annotator_id": f"human:{who}"}
    return CriterionReview.model_validate({**fields, "decision": decision, **more})


def after(*reviews: CriterionReview) -> Reviewed:
    return review(RUBRIC, CRITERIA, standing_reviews(reviews))


def test_a_criterion_that_is_edited_reads_anew_in_the_next_version() -> None:
    rubric, criteria, _ = after(
        said("number", "approve"), said("prime", "edit", text="It is a prime above ten")
    )
    assert rubric is not None and (rubric.replaces, rubric.prompt_id) == ("old", "p")
    assert [(c.rubric_id, c.text, c.source, c.weight, c.validity) for c in criteria] == [
        (rubric.rubric_id, "Names a number", "derived", 2.0, 0.7),
        (rubric.rubric_id, "It is a prime above ten", "human:ann", 2.0, None),
    ]


def test_the_same_reviews_give_the_same_ids_in_any_order() -> None:
    edits = [said("prime", "edit", who, text=f"prime, says {who}") for who in ("ann", "bob")]
    assert after(*edits) == after(*reversed(edits))


@pytest.mark.parametrize(("against", "n_left"), [(("ann",), 2), (("ann", "bob"), 1)])
def test_a_criterion_goes_where_more_people_reject_than_keep_it(
    against: tuple[str, ...], n_left: int
) -> None:
    found = after(
        *(said("number", "reject", who) for who in against), said("number", "approve", "cem")
    )
    assert len(CRITERIA) - len(found.dropped) == n_left


def test_nothing_but_approval_gives_no_new_version() -> None:
    assert after(said("number", "approve"), said("prime", "edit")) == Reviewed(None, [], [])


def test_the_last_word_of_each_person_counts_and_a_rubric_put_aside_does_not() -> None:
    changed = said("number", "approve", answer_id="ann-2", supersedes="ann-1")
    aside = said("prime", "discarded", "bob")
    assert after(said("number", "reject"), changed, aside) == Reviewed(None, [], [])


def test_a_rubric_that_loses_every_criterion_has_no_next_version() -> None:
    found = after(said("number", "reject"), said("prime", "reject"))
    assert found == Reviewed(None, [], CRITERIA)


def test_what_a_criterion_requires_is_of_its_own_version_and_goes_with_what_is_dropped() -> None:
    held = [CRITERIA[0], CRITERIA[1].model_copy(update={"requires": ("number",)})]
    edits = standing_reviews([said("number", "edit", text="Names one number")])
    _, criteria, _ = review(RUBRIC, held, edits)
    assert criteria[1].requires == (criteria[0].criterion_id,)
    assert [criterion.place for criterion in criteria] == [1, 2]
    _, criteria, dropped = review(RUBRIC, held, standing_reviews([said("number", "reject")]))
    assert dropped == [CRITERIA[0]] and criteria[0].requires == ()


def test_the_same_words_about_two_turns_stay_two_criteria() -> None:
    twins = [
        CRITERIA[0].model_copy(update={"criterion_id": f"turn {t}", "turn": t}) for t in (1, 2)
    ]
    one = standing_reviews([said("prime", "edit", text="It is prime.")])
    _, criteria, _ = review(RUBRIC, [*twins, CRITERIA[1]], one)
    assert sorted((c.text, c.turn) for c in criteria if c.turn) == [
        ("Names a number", 1),
        ("Names a number", 2),
    ]
    assert len({c.criterion_id for c in criteria}) == 3
