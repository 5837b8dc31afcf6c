"""Runs and the command make the same next version of a rubric that people reviewed, once."""

from typing import Any

from winnow.annotation.rubrics.versions import next_version
from winnow.flows.rubrics.reviewed import reviewed_rubrics
from winnow.flows.rubrics.shelf import Shelf
from winnow.schemas.rubrics import Criterion, CriterionReview, CriterionSource, Rubric

RUBRIC = Rubric(rubric_id="travel", name="travel", source="ann")


def criterion(name: str, text: str, place: int) -> Criterion:
    return Criterion(
        criterion_id=name,
        rubric_id="travel",
        kind="checklist",
        text=text,
        source="ann",
        place=place,
    )


FIRST, SECOND = criterion("z", "Names a train.", 1), criterion("a", "Is short.", 2)
RESTS_ON = [CriterionSource(criterion_id=c.criterion_id, kind="document", subject_id="t.yaml") for c in (FIRST, SECOND)]  # fmt: skip
REWORDED = [CriterionReview(answer_id="1", criterion_id="a", annotator_id="ben", decision="edit", text="Is brief.")]  # fmt: skip


def came(*later: Any) -> Any:
    rubrics = [RUBRIC, *(view.rubric for view in later)]
    criteria = [FIRST, SECOND, *(c for view in later for c in view.criteria)]
    (found,) = [
        one for one in reviewed_rubrics(Shelf(rubrics, criteria, RESTS_ON), REWORDED) if one.rubric is RUBRIC
    ]  # fmt: skip
    return found


def version(*criteria: Criterion) -> Any:
    return next_version(RUBRIC, criteria)


def test_what_people_reworded_makes_a_version_that_carries_what_the_rest_rests_on() -> None:
    found = came()
    assert (found.is_new, found.is_outdated) == (True, False)
    assert [c.text for c in found.version_criteria] == ["Names a train.", "Is brief."]
    kept = found.version_criteria[0].criterion_id
    assert [(s.criterion_id, s.subject_id) for s in found.sources] == [(kept, "t.yaml")]


def test_a_version_that_says_the_same_in_whatever_order_is_that_version() -> None:
    brief = SECOND.model_copy(update={"text": "Is brief."})
    for there in (version(FIRST, brief), version(brief, FIRST)):
        found = came(there)
        assert (found.is_new, found.is_outdated, found.version) == (False, False, there.rubric)


def test_what_people_said_of_a_version_that_another_replaced_changes_nothing() -> None:
    found = came(version(FIRST, SECOND.model_copy(update={"text": "Fits on a page."})))
    assert (found.is_outdated, found.version) == (True, None)
