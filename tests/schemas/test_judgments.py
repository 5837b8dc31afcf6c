from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from tests import toy
from winnow.schemas.judgments import Judgment, step_id
from winnow.warehouse.audit import audit
from winnow.warehouse.staging import Staging

WHO = {"annotator_id": "form@2", "kind": "verifier"}


def of_each_kind() -> list[Judgment]:
    prompt, response = toy.prompts()[0], toy.responses()[0]
    rating = {"response_id": response.response_id, "attribute": "form", "score": -1.0}
    subjects = {
        "prompt": (prompt.prompt_id, ()),
        "response": (response.response_id, (rating,)),
        "step": (step_id(response.response_id, 0), (rating,)),
    }
    return [
        Judgment.model_validate(
            {**WHO, "subject_kind": kind, "subject_id": subject_id, "ratings": ratings}
        )
        for kind, (subject_id, ratings) in subjects.items()
    ]


def test_a_judgment_of_a_comparison_has_the_id_that_it_had_before_there_were_subjects() -> None:
    said = {**WHO, "verdict": "a"}
    judgment = Judgment.model_validate({**said, "comparison_id": "c" * 64})
    named = {"subject_kind": "comparison", "subject_id": "c" * 64}
    assert Judgment.model_validate({**said, **named}) == judgment
    assert judgment.subject_id == "c" * 64
    before = "1e0b0c8fcd379f3432f85eaafd38536ef1d3294b878c2195493496655a59e056"
    assert judgment.judgment_id == before


def test_two_subjects_make_two_judgments() -> None:
    ids = {judgment.judgment_id for judgment in of_each_kind()}
    assert len(ids) == 3
    assert {judgment.comparison_id for judgment in of_each_kind()} == {None}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"subject_kind": "response"}, "the response that was judged is not named"),
        ({"subject_kind": "response", "subject_id": "r", "verdict": "a"}, "better of two"),
        ({"subject_kind": "response", "subject_id": "r", "order": "ab"}, "order belongs to a"),
        ({"subject_kind": "step", "subject_id": "r:0", "strength": 1}, "strength belongs to a"),
        ({"subject_kind": "prompt", "subject_id": "p", "comparison_id": "c"}, "comparison_id bel"),
        ({"comparison_id": "c", "subject_id": "d", "verdict": "a"}, "give one of them"),
        ({"comparison_id": "c"}, "there is no verdict"),
        ({"comparison_id": "c", "ranking": ("x", "y")}, "there is no verdict"),
        (
            {"comparison_id": "c", "ranking": ("x", "y", "z"), "ranks": (1, 1)},
            "wanted one for each",
        ),
        ({"comparison_id": "c", "ranking": ("x", "y", "z"), "ranks": (1, 3, 2)}, "from 1 upwards"),
        ({"comparison_id": "c", "ranking": ("x", "y", "z"), "ranks": (2, 2, 3)}, "from 1 upwards"),
        ({"subject_kind": "response", "subject_id": "r", "ranks": (1,)}, "ranks belongs to a"),
        ({"verdict": "a"}, "the comparison that was judged is not named"),
    ],
)
def test_a_judgment_whose_parts_do_not_fit_its_subject_is_refused(
    said: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        Judgment.model_validate({**WHO, **said})


def test_a_ranking_of_more_than_two_needs_no_verdict_and_ranks_are_part_of_what_it_says() -> None:
    ranking = {**WHO, "comparison_id": "c", "ranking": ("x", "y", "z")}
    plain, tied = (
        Judgment.model_validate({**ranking, "ranks": ranks}) for ranks in (None, (1, 2, 2))
    )
    assert (plain.verdict, tied.verdict) == (None, None)
    assert plain.judgment_id != tied.judgment_id


def test_an_unreadable_reply_is_invalid_whatever_it_is_about() -> None:
    said = {"subject_kind": "response", "subject_id": "r", "verdict": "invalid"}
    assert Judgment.model_validate({**WHO, **said}).verdict == "invalid"


def test_judgments_of_any_subject_pass_the_audit(tmp_path: Path) -> None:
    staging = toy.stage(tmp_path)
    staging.write(Judgment, of_each_kind(), part="of_each_kind")
    assert audit(staging).failures == []


def test_parquet_from_before_there_were_subjects_is_read(tmp_path: Path) -> None:
    staging = Staging(tmp_path)
    staging.write(Judgment, toy.judgments())
    path = staging.path(Judgment)
    later = ["subject_kind", "subject_id", "occurrence", "ranks"]
    pq.write_table(pq.read_table(path).drop_columns(later), path)
    assert Judgment.from_table(staging.read(Judgment)) == toy.judgments()
