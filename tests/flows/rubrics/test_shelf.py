"""What a shelf of rubrics says of its versions and of what was shown of them."""

import pytest

from winnow.flows.rubrics.shelf import Shelf
from winnow.schemas.errors import CurationError
from winnow.schemas.rubrics import Criterion, Proof, Rubric


def rubric(rubric_id: str, name: str = "travel", **more: object) -> Rubric:
    return Rubric.model_validate({"rubric_id": rubric_id, "name": name, "source": "x", **more})


def criterion(rubric_id: str) -> Criterion:
    return Criterion(
        criterion_id=f"{rubric_id}-c", rubric_id=rubric_id, kind="checklist", text="a", source="x"
    )


def proof(run_id: str, *, is_kept: bool, of: str | None = None, n: int = 9) -> Proof:
    reason = None if is_kept else "too_rare"
    said = {"run_id": run_id, "rubric_id": "second", "criterion_id": of, "n_comparisons": n}
    return Proof.model_validate({**said, "is_kept": is_kept, "reason": reason})


FIRST, SECOND = rubric("first"), rubric("second", replaces="first", derived_from="run")


def shelf(*proofs: Proof) -> Shelf:
    return Shelf([FIRST, SECOND], [criterion("first"), criterion("second")], (), proofs)


def test_a_rubric_is_found_by_name_version_or_id_and_never_guessed_among_several() -> None:
    assert shelf().find("travel") == SECOND
    assert shelf().find("travel@1") == FIRST
    assert shelf().find("second") == SECOND
    both = Shelf([FIRST, rubric("other")], [criterion("first"), criterion("other")])
    with pytest.raises(CurationError, match="2 rubrics are called 'travel'; name one by its id"):
        both.find("travel")


def test_a_derived_rubric_is_in_force_once_the_newest_run_that_measured_it_keeps_it() -> None:
    assert shelf().state(FIRST) == "replaced"
    assert shelf().state(SECOND) == "not proven"
    kept, refused = proof("old", is_kept=True), proof("new", is_kept=False)
    assert shelf(kept).state(SECOND) == "in force"
    assert shelf(kept, refused).state(SECOND) == "refused: too_rare"
    assert shelf(refused, kept).state(SECOND) == "in force"


def test_what_was_shown_of_a_criterion_stays_where_a_later_run_measures_the_rubric_alone() -> None:
    of_criterion, later = proof("old", is_kept=True, of="second-c"), proof("new", is_kept=True)
    assert shelf(proof("old", is_kept=True), of_criterion, later).proofs_of(SECOND) == [
        of_criterion,
        later,
    ]
