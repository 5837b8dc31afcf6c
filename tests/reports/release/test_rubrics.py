"""The rubrics of a release on its page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from tests import orchard
from tests.reports.release.test_write import Page
from winnow.reports.release import write_report
from winnow.reports.release.rubrics_words import REFUSALS
from winnow.schemas.base import Record
from winnow.schemas.judgments import CriterionVerdict, Judgment
from winnow.schemas.rejects import Reject
from winnow.schemas.rubrics import (
    Criterion,
    CriterionSource,
    MeasuredFigure,
    Proof,
    ProofControls,
    Refused,
    Rubric,
    SetOfSize,
)
from winnow.warehouse.catalog import Warehouse

RUN = orchard.RUN_ID
CONTROLS = ProofControls(
    sizes=(
        SetOfSize(
            n_criteria=1,
            best=MeasuredFigure(value=0.71, low=0.6, high=0.8, n=30),
            random=MeasuredFigure(value=0.64, low=0.55, high=0.7, n=30),
            over_random=MeasuredFigure(value=0.07, low=-0.01, high=0.15, n=30),
            ties=0.25,
            flipped=MeasuredFigure(value=0.43, n=30),
        ),
        SetOfSize(n_criteria=4, random=MeasuredFigure(value=0.77, n=30)),
    ),
    length=MeasuredFigure(value=0.58, low=0.5, high=0.66, n=30),
    over_length=MeasuredFigure(value=0.19, low=0.02, high=0.3, n=30),
    n_flipped=5,
    flipped_overlap=0.2,
)


def criterion(name: str, text: str, rubric: str = "care", **more: Any) -> Criterion:
    return Criterion(
        criterion_id=name,
        rubric_id=rubric,
        kind="principle",
        text=text,
        **{"source": "derive@1", **more},
    )


def proof(name: str | None, *, kept: bool, **more: Any) -> Proof:
    return Proof(
        run_id=RUN, rubric_id="care", criterion_id=name, n_comparisons=40, n_tried=6, is_kept=kept, **more
    )  # fmt: skip


def checked(place: int, name: str, verdict: str, evidence: str | None) -> Judgment:
    response = orchard.responses()[place]
    said = CriterionVerdict.model_validate(
        {"response_id": response.response_id, "criterion_id": name, "verdict": verdict, "evidence": evidence}
    )  # fmt: skip
    return Judgment.model_validate(
        {"subject_id": response.response_id, "subject_kind": "response", "annotator_id": "rubric@1:strong",
         "kind": "llm", "criteria": (said,), "rubric_id": "care"}
    )  # fmt: skip


def withdrawn() -> list[Judgment]:
    """Give verdicts that count no longer: one that was changed, what it was changed to, and one that was put aside."""
    first = checked(2, "new", "yes", "frost")
    later = {**checked(2, "new", "invalid", None).model_dump(), "judgment_id": ""}
    aside = {**checked(3, "new", "no", "sun").model_dump(), "judgment_id": "", "is_discarded": True}
    return [
        first,
        Judgment.model_validate({**later, "supersedes": first.judgment_id}),
        Judgment.model_validate({**aside, "verdict": "invalid"}),
    ]


def records() -> list[Record]:
    """Give a rubric with a criterion of each fate, its version before, what it rests on and what was said by it."""
    comparison = orchard.comparisons()[0]
    return [
        Rubric(rubric_id="old", name="care", domain="facts", source="derive@1", derived_from=RUN),
        criterion("old-when", "Says when.", "old"),
        criterion("old-nice", "Is nice.", "old"),
        Rubric(rubric_id="care", name="care", domain="facts", source="derive@1", replaces="old"),
        criterion("when", "Says when to prune.", importance="essential", weight=2.0, source="human:ada"),
        criterion("long", "Is long."),
        criterion("near", "Names a month."),
        criterion("new", "Warns of <b>frost</b>."),
        CriterionSource(criterion_id="when", kind="comparison", subject_id=comparison.comparison_id,
                        quote="prune in <i>winter</i>", annotator_id="derive@1:strong"),
        CriterionSource(criterion_id="when", kind="criterion", subject_id="near"),
        proof(None, kept=True, accuracy=MeasuredFigure(value=0.8, low=0.62, high=0.9, n=30), controls=CONTROLS,
              gain=MeasuredFigure(value=0.1, low=-0.02, high=0.2, n=30)),
        proof("when", kept=True, accuracy=MeasuredFigure(value=0.75, low=0.55, high=0.88, n=20),
              separates=MeasuredFigure(value=0.5, low=0.4, high=0.6, n=40)),
        proof("long", kept=False, reason="length", detail="rank correlation .9 with length",
              accuracy=MeasuredFigure(value=0.6, low=0.45, high=0.7, n=20),
              length_correlation=MeasuredFigure(value=0.9, low=0.8, high=0.95, n=80)),
        Reject(run_id=RUN, stage="derive", record="criterion", record_id="paper", reason="tautology",
               detail="'Is <u>good</u>.' says no more than that"),
        Reject(run_id=RUN, stage="label", record="criterion", record_id="old-nice", reason="rejected_in_review",
               detail="Is nice."),
        checked(0, "when", "yes", "prune in winter"),
        checked(1, "when", "no", None),
        *withdrawn(),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp("rubrics") / "warehouse"
    with orchard.publish_orchard(folder, also=records()) as opened:
        yield opened


@pytest.fixture(scope="module")
def page(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Page:
    return Page(write_report(warehouse, "preferences@1", tmp_path_factory.mktemp("page")))


def test_the_page_says_how_many_criteria_may_be_used(page: Page) -> None:
    assert (
        "Of 4 criteria in 1 rubric, 1 proved right on comparisons held out, 1 was refused, 1 was merged into others "
        "and 1 is not proven." in page.text
    )


def test_a_criterion_has_its_proof_beside_the_chance_it_has_to_beat(page: Page) -> None:
    assert "right on labels 0.75 0.55 to 0.88 · 20" in page.text
    labels = [value for name, value in page.attributes if name == "aria-label"]
    assert "right on labels 0.75, interval 0.55 to 0.88" in labels
    places = [
        v for name, v in page.attributes if name == "style" and v and v.startswith("left:55.0%")
    ]
    assert places == ["left:55.0%;width:33.0%"]
    assert "gain over no rubric +0.10 -0.02 to +0.20 · 30" in page.text


def test_what_the_criteria_are_worth_together_stands_beside_controls(page: Page) -> None:
    assert "1 0.71 (0.60 to 0.80) 0.64 (0.55 to 0.70) +0.07 (-0.01 to +0.15) 0.43 0.25" in page.text
    assert "right by length 0.58 0.50 to 0.66 · 30" in page.text
    assert "all over length +0.19 +0.02 to +0.30 · 30" in page.text
    assert "5 criteria came from exchanged labels; 20 % of these say what others say" in page.text


def test_what_was_refused_has_its_reason_in_words(page: Page) -> None:
    assert (
        "it says no more than how long a response is: rank correlation .9 with length" in page.text
    )
    assert "tautologyit says no more than that a response is good 1" in page.text
    assert "it was rejected by most people who reviewed it 1" in page.text
    assert "merged into: Says when to prune." in page.text
    assert set(REFUSALS) == set(get_args(Refused))


def test_a_criterion_shows_its_source_and_responses_that_meet_it_or_do_not(page: Page) -> None:
    assert "prune in <i>winter</i> comparison" in page.text
    assert (
        "meets it orchard-large · 1 response A careful answer about tree 0: prune in winter, thin"
        in page.text
    )
    assert "does not orchard-small · 1 response <script>" in page.text


def test_a_verdict_that_was_withdrawn_is_no_example(warehouse: Warehouse, page: Page) -> None:
    (sql,) = (code for code in page.code if code.startswith("-- Of each criterion shown one"))
    shown = {row["criterion_id"] for row in warehouse.query(sql, at="preferences@1").to_pylist()}
    assert shown == {"when"}


def test_the_page_says_what_people_changed(page: Page) -> None:
    assert "people dropped Is nice." in page.text
    assert "this version dropped Says when." in page.text
    assert "human:ada wrote Says when to prune." in page.text


def test_texts_of_criteria_and_sources_never_act(page: Page) -> None:
    assert not {"script", "u"} & page.tags
    assert "Warns of <b>frost</b>." in page.text


def test_the_sql_on_the_page_gives_what_it_shows(warehouse: Warehouse, page: Page) -> None:
    (sql,) = (code for code in page.code if code.startswith("-- Criteria of the rubrics shown"))
    rows = warehouse.query(sql, at="preferences@1").to_pylist()
    assert [row["text"] for row in rows][:2] == ["Says when to prune.", "Is long."]


def test_a_release_without_rubrics_has_no_such_section(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    shown = Page(write_report(orchard_warehouse, "preferences@1", tmp_path / "page.html"))
    assert ("id", "rubrics") not in shown.attributes and (
        "href",
        "#rubrics",
    ) not in shown.attributes
