"""The rubrics that a run's settings name are staged before its steps, and are part of what the run is."""

from pathlib import Path

import pytest
import yaml

from tests import toy
from winnow.annotation.rubrics.standing import in_force
from winnow.flows.curation.rubrics_stage import rubrics_hash, stage_rubrics
from winnow.flows.rubrics.bringing_in import bring_in
from winnow.flows.rubrics.files import read_rubrics
from winnow.flows.rubrics.shelf import Shelf
from winnow.flows.settings.rubrics import RubricSource
from winnow.flows.settings.run import load_settings
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.prompts import Prompt
from winnow.schemas.rejects import Reject
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.shelving import shelve
from winnow.warehouse.staging import Staging

ASKED = toy.prompts()[0]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    turns = [turn.model_dump(exclude_defaults=True) for turn in ASKED.messages]
    listed = [
        {"name": "own", "prompt": {"messages": turns, "contexts": list(ASKED.contexts), "tools": ASKED.tools}, "criteria": ["Is right."]},
        {"name": "wide", "criteria": ["Is short.", "Is kind."]},
        {"name": "elsewhere", "prompt": "Something that nobody asks here?", "criteria": ["Is right."]},
        {"name": "drawn", "derived_from": "p@1", "criteria": ["Is drawn."]},
    ]  # fmt: skip
    path = tmp_path / "rubrics.yaml"
    path.write_text(yaml.safe_dump({"rubrics": listed}))
    return path


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    staging = Staging(tmp_path / "staging")
    staging.write(Prompt, [ASKED])
    return staging


def names(staging: Staging) -> list[str]:
    return sorted(staging.read(Rubric)["name"].to_pylist())


def test_rubrics_of_a_file_are_staged_and_those_for_other_prompts_are_rejects(
    file: Path, staging: Staging, tmp_path: Path
) -> None:
    (count,) = stage_rubrics(
        RubricSource(path=file), WarehouseSettings(path=tmp_path / "w"), staging, "r"
    )
    assert (count.unit, count.n_in, count.n_out) == ("rubrics", 4, 3)
    (reject,) = Reject.from_table(staging.read(Reject))
    assert reject.reason == "no_such_prompt" and reject.detail.startswith("elsewhere is for prompt")
    assert names(staging) == ["drawn", "own", "wide"]
    assert staging.n_rows(Criterion) == 4


def test_those_in_force_in_the_warehouse_come_with_what_was_shown_of_them(
    file: Path, staging: Staging, tmp_path: Path
) -> None:
    place = WarehouseSettings(path=tmp_path / "w")
    with Warehouse.open(place) as warehouse:
        bring_in(warehouse, read_rubrics(file))
    before = rubrics_hash(RubricSource(stored=True), place)
    (count,) = stage_rubrics(RubricSource(stored=True), place, staging, "r")
    assert (count.n_in, count.n_out, names(staging)) == (2, 2, ["own", "wide"])
    stage_rubrics(RubricSource(stored=True, unproven=True), place, staging, "r")
    assert names(staging) == ["drawn", "own", "wide"]
    drawn = next(r for r in Rubric.from_table(staging.read(Rubric)) if r.name == "drawn")
    with Warehouse.open(place) as warehouse:
        shelve(
            warehouse, [Proof(run_id="p", rubric_id=drawn.rubric_id, n_comparisons=9, is_kept=True)]
        )
    assert rubrics_hash(RubricSource(stored=True), place) != before
    stage_rubrics(RubricSource(stored=True), place, staging, "r")
    found = in_force(
        Rubric.from_table(staging.read(Rubric)),
        Criterion.from_table(staging.read(Criterion)),
        proofs=Proof.from_table(staging.read(Proof)),
    )
    assert sorted(view.rubric.name for view in found) == ["drawn", "own", "wide"]


def test_those_of_the_warehouse_come_with_their_versions_before_and_with_what_a_proof_refused(
    file: Path, staging: Staging, tmp_path: Path
) -> None:
    place = WarehouseSettings(path=tmp_path / "w")
    edited = tmp_path / "edited.yaml"
    edited.write_text(yaml.safe_dump({"name": "wide", "criteria": ["Is brief.", "Is kind."]}))
    with Warehouse.open(place) as warehouse:
        bring_in(warehouse, read_rubrics(file))
        bring_in(warehouse, read_rubrics(edited))
        kind = next(c for c in Shelf.of(warehouse).written_in_force() if c.rubric.name == "wide")
        refused = next(c for c in kind.criteria if c.text == "Is kind.")
        proof = Proof(
            run_id="p", rubric_id=kind.rubric.rubric_id, criterion_id=refused.criterion_id,
            n_comparisons=9, is_kept=False, reason="too_rare",
        )  # fmt: skip
        shelve(warehouse, [proof])
    (count,) = stage_rubrics(RubricSource(stored=True), place, staging, "r")
    assert (count.n_in, count.n_out) == (2, 2)
    assert names(staging) == ["own", "wide", "wide"]
    sources = CriterionSource.from_table(staging.read(CriterionSource))
    texts = {c.criterion_id: c.text for c in Criterion.from_table(staging.read(Criterion))}
    assert {texts[s.criterion_id] for s in sources} == {"Is right.", "Is short.", "Is brief.", "Is kind."}  # fmt: skip
    found = in_force(
        Rubric.from_table(staging.read(Rubric)),
        Criterion.from_table(staging.read(Criterion)),
        sources,
        Proof.from_table(staging.read(Proof)),
    )
    said = {view.rubric.name: [c.text for c in view.criteria] for view in found}
    assert said == {"own": ["Is right."], "wide": ["Is brief."]}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, "rubrics: give either 'path', a file of rubrics, or 'stored: true'"),
        ({"path": "r.yaml", "stored": True}, "give either 'path'"),
        ({"path": "r.yaml", "form": "yml"}, "rubrics.form: no form of rubrics named 'yml'"),
        ({"path": "r.yaml", "unproven": True}, "'unproven' is for 'stored'; drop it"),
    ],
    ids=["none", "both", "form", "unproven"],
)
def test_what_cannot_be_is_said_with_file_and_key(
    tmp_path: Path, said: dict[str, object], told: str
) -> None:
    run = {"name": "x", "prompts": {"path": "p.jsonl"}, "label": [{"judge": "pairwise", "model": "smollm2"}]}  # fmt: skip
    path = tmp_path / "run.yaml"
    path.write_text(yaml.safe_dump({**run, "rubrics": said}))
    with pytest.raises(InvalidSettings) as error:
        load_settings(path)
    assert str(error.value).startswith(str(path)) and told in str(error.value)
