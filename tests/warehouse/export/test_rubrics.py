"""Prompts with their rubrics, and verdicts on criteria, go into each form from what the warehouse holds, and load there."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import datasets
import pytest

from tests import toy
from winnow.pipelines.rubrics.exported import rubrics_in_force
from winnow.schemas.errors import NothingToExport
from winnow.schemas.judgments import CriterionAnswer, CriterionVerdict, Judgment
from winnow.schemas.rubric_forms import FORMS
from winnow.schemas.rubrics import Criterion, Rubric
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.export import export
from winnow.warehouse.inserting import insert_row
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings

TIDES, BREAD = toy.prompts()
BEST, MIDDLE, WORST, PATIENT, CURT = toy.responses()


def options(form: str) -> dict[str, Any]:
    return {"variant": "rubric"} if form in ("trl", "verl") else {}


def said(response: Any, annotator: str, **verdicts: CriterionAnswer) -> Judgment:
    return Judgment(
        subject_kind="response", subject_id=response.response_id, annotator_id=annotator, kind="llm", rubric_id="tides",
        criteria=tuple(
            CriterionVerdict(response_id=response.response_id, criterion_id=name, verdict=verdict, evidence="the moon" if verdict == "yes" else None)
            for name, verdict in verdicts.items()
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp("rubrics")
    staging = toy.stage(folder / "staging")
    advice = Rubric(rubric_id="advice", name="advice", domain="advice", source="toy")
    hurried = Rubric(rubric_id="hurried", name="hurried", prompt_id=BREAD.prompt_id, source="toy", derived_from="a run")  # fmt: skip
    staging.write(Rubric, [advice, hurried], part="more")
    staging.write(
        Criterion,
        [
            Criterion(criterion_id="time", rubric_id="advice", kind="principle", text="Says how long.", title="Time", weight=2, source="toy"),
            Criterion(criterion_id="blame", rubric_id="advice", kind="principle", text="Blames the baker.", importance="pitfall", source="toy"),
            Criterion(criterion_id="now", rubric_id="hurried", kind="principle", text="Is quick.", source="toy"),
        ],
        part="more",
    )  # fmt: skip
    staging.write(
        Judgment,
        [
            said(BEST, "one", moon="yes", brief="yes"), said(BEST, "other", moon="yes", brief="no"),
            said(MIDDLE, "one", moon="no", brief="invalid"), said(PATIENT, "one", moon="not_applicable"),
        ],
        part="more",
    )  # fmt: skip
    with Warehouse.open(WarehouseSettings(path=folder / "warehouse")) as warehouse:
        publish(warehouse, staging, toy.run(), "preferences", audit(staging, warehouse))
        yield warehouse


def exported(release: Warehouse, folder: Path, name: str, **how: Any) -> list[dict[str, Any]]:
    find = partial(rubrics_in_force, release)
    export(release, "preferences@1", name, folder, splits={"train": 1.0}, rubrics=find, **how)
    loaded = datasets.load_dataset(str(folder), cache_dir=str(folder / "cache"), split="train")
    return [dict(row) for row in loaded]


def reasons(release: Warehouse, folder: Path, name: str, **how: Any) -> dict[str, int]:
    find = partial(rubrics_in_force, release)
    return export(
        release, "preferences@1", name, folder, rubrics=find, overwrite=True, **how
    ).n_left_out


@pytest.mark.parametrize("form", sorted(FORMS))
def test_what_a_trainer_loads_is_the_rubric_in_force_of_each_prompt(
    release: Warehouse, tmp_path: Path, form: str
) -> None:
    rows = exported(release, tmp_path / "out", form, **options(form))
    by_prompt = {row["prompt_id"]: row for row in rows}
    tides = FORMS[form].model_validate(by_prompt[TIDES.prompt_id]).read(source="x")
    assert [c.text for c in tides.criteria] == ["Names the moon."]  # a proof refused the other
    assert tides.asked == TIDES.messages
    assert by_prompt[TIDES.prompt_id]["rubric_id"] == "tides"
    # One conversation with a system turn and several of the user, and weights that differ.
    if form in ("oumi", "rubrichub", "tinker"):
        assert set(by_prompt) == {TIDES.prompt_id}
        return
    bread = FORMS[form].model_validate(by_prompt[BREAD.prompt_id]).read(source="x")
    assert {(c.text, c.weight, c.importance == "pitfall") for c in bread.criteria} == {
        ("Says how long.", 2, False),
        ("Blames the baker.", 1, True),
    }
    assert bread.asked == BREAD.messages


@pytest.mark.parametrize(
    ("form", "reason"), [("oumi", "needs_roles"), ("rubrichub", "needs_roles"), ("tinker", "weighted_criteria")]
)  # fmt: skip
def test_what_a_form_has_no_place_for_is_left_out_and_counted(
    release: Warehouse, tmp_path: Path, form: str, reason: str
) -> None:
    assert reasons(release, tmp_path / "out", form) == {reason: 1}
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert f"| {reason} | 1 |" in card
    assert "Rubrics are those that were in force in the warehouse when this was written" in card


def test_derived_rubrics_are_written_once_proven_or_where_one_says_so(
    release: Warehouse, tmp_path: Path
) -> None:
    rows = exported(release, tmp_path / "out", "nemo_gym", unproven=True)
    assert {row["rubric_id"] for row in rows} == {"tides", "hurried"}


def test_verl_and_trl_get_each_criterion_with_all_that_is_known_of_it(
    release: Warehouse, tmp_path: Path
) -> None:
    verl = exported(release, tmp_path / "verl", "verl", variant="rubric", data_source="team/x")
    (row,) = (row for row in verl if row["prompt_id"] == BREAD.prompt_id)
    assert (row["data_source"], row["ability"]) == ("team/x", "advice")
    assert row["reward_model"] == {"style": "model", "ground_truth": ""}
    assert {(c["criterion"], c["weight"], c["kind"], c["title"], c["criterion_id"]) for c in row["extra_info"]["rubric"]} == {
        ("Says how long.", 2.0, "principle", "Time", "time"),
        ("Blames the baker.", -1.0, "principle", None, "blame"),
    }  # fmt: skip
    (trl,) = (r for r in exported(release, tmp_path / "trl", "trl", variant="rubric") if r["prompt_id"] == TIDES.prompt_id)  # fmt: skip
    assert trl["reference"] == TIDES.reference
    assert trl["rubric"][0]["criterion"] == "Names the moon."


def test_open_instruct_finds_the_rubric_in_its_ground_truth(
    release: Warehouse, tmp_path: Path
) -> None:
    rows = exported(release, tmp_path / "out", "open_instruct", dataset="team_rubric")
    (row,) = (row for row in rows if row["prompt_id"] == BREAD.prompt_id)
    truth = json.loads(row["ground_truth"])
    assert (row["dataset"], truth["query"]) == ("team_rubric", "Ten minutes.")
    assert truth["rubrics_types"] == ["persistent", "persistent"]
    assert sorted(one["weight"] for one in truth["rubrics"]) == [-1.0, 2.0]


def test_verdicts_on_criteria_are_rows_with_their_evidence(
    release: Warehouse, tmp_path: Path
) -> None:
    rows = exported(release, tmp_path / "out", "criterion_verdicts")
    got = {(r["response_id"], r["annotator_id"], r["criterion"], r["verdict"], r["evidence"]) for r in rows}  # fmt: skip
    assert got == {
        (BEST.response_id, "one", "Names the moon.", "yes", "the moon"),
        (BEST.response_id, "one", "Is one sentence.", "yes", "the moon"),
        (BEST.response_id, "other", "Names the moon.", "yes", "the moon"),
        (BEST.response_id, "other", "Is one sentence.", "no", None),
        (MIDDLE.response_id, "one", "Names the moon.", "no", None),
        (MIDDLE.response_id, "one", "Is one sentence.", "invalid", None),
        (PATIENT.response_id, "one", "Names the moon.", "not_applicable", None),
    }
    assert rows[0]["response"][0]["role"] == "assistant"
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "Rubrics are those" not in card


def test_what_was_changed_after_a_release_stays_in_its_export_as_it_was_said(
    tmp_path: Path,
) -> None:
    staging = toy.stage(tmp_path / "staging")
    first = said(BEST, "ada", moon="yes")
    staging.write(Judgment, [first], part="more")
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        publish(warehouse, staging, toy.run(), "preferences", audit(staging, warehouse))
        changed = {**said(BEST, "ada", moon="no").model_dump(), "judgment_id": ""}
        later = Judgment.model_validate({**changed, "supersedes": first.judgment_id})
        insert_row(warehouse.con, later)
        (row,) = exported(warehouse, tmp_path / "out", "criterion_verdicts")
    assert (row["annotator_id"], row["verdict"]) == ("ada", "yes")


def test_a_principle_is_fulfilled_where_all_agree_and_unknown_is_no_row(
    release: Warehouse, tmp_path: Path
) -> None:
    rows = exported(release, tmp_path / "out", "principles")
    got = {
        (r["response"], r["principle"], r["fulfilment"], tuple(r["annotator_ids"])) for r in rows
    }
    assert got == {
        (BEST.text, "Names the moon.", "Yes", ("one", "other")),
        (MIDDLE.text, "Names the moon.", "No", ("one",)),
    }
    assert reasons(release, tmp_path / "out", "principles") == {"no_verdict": 2, "annotators_disagree": 1}  # fmt: skip


def test_an_export_stands_until_other_rubrics_are_in_force(
    release: Warehouse, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    exported(release, out, "nemo_gym")
    before = (out / "lineage.json").stat().st_mtime_ns
    kept = partial(export, release, "preferences@1", "nemo_gym", out, splits={"train": 1.0}, overwrite=True, keep_whole=True)  # fmt: skip
    kept(rubrics=partial(rubrics_in_force, release))
    assert (out / "lineage.json").stat().st_mtime_ns == before
    kept(rubrics=lambda _: rubrics_in_force(release, unproven=True))
    assert (out / "lineage.json").stat().st_mtime_ns != before


def test_a_release_without_a_rubric_says_that_nothing_fits(
    tmp_path: Path, orchard_warehouse: Warehouse
) -> None:
    find = partial(rubrics_in_force, orchard_warehouse)
    with pytest.raises(NothingToExport, match="no_rubric"):
        export(orchard_warehouse, "preferences@1", "oumi", tmp_path / "out", rubrics=find)
    with pytest.raises(NothingToExport, match="holds no verdicts on criteria"):
        export(orchard_warehouse, "preferences@1", "principles", tmp_path / "out")
