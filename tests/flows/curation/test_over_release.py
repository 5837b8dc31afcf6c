"""Rubrics are derived from a release by the command, and stay in the warehouse with what was refused; the release stays as it is."""

import io
import json
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from tests.flows.ways_in import said_by
from tests.orchard import publish_orchard
from winnow.flows.curation.asking import Asking
from winnow.flows.curation.over_release import go_over_release, stage_shelf
from winnow.flows.curation.state import next_run_id
from winnow.flows.rubrics.shelf import Shelf
from winnow.flows.settings.rubric_steps import DERIVES, PROVES, load_rubric_steps
from winnow.flows.terminal.progress import RunProgress
from winnow.pipelines.rubrics.proving import rubrics_to_prove
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.rubrics import Criterion, CriterionSource, Rubric
from winnow.schemas.runs import Run
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging

SEASON, INVENTED = "Says what to do in which season.", "Names the tools that it takes."
REPLY = {
    "hard_rules": [],
    "principles": [
        {"quote": "prune in winter", "criterion": SEASON},
        {"quote": "take a ladder and a saw", "criterion": INVENTED},
    ],
}


def steps(folder: Path, *listed: object) -> Path:
    replies = folder / "replies.jsonl"
    replies.write_text(json.dumps({"contains": ["found better"], "reply": REPLY}) + "\n")
    path = folder / "steps.yaml"
    models = {"recorded": {"engine": "recorded", "path": str(replies)}}
    path.write_text(yaml.safe_dump({"models": models, "steps": list(listed)}))
    return path


def progress() -> RunProgress:
    return RunProgress(Console(file=io.StringIO()))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("derived")
    with publish_orchard(folder / "w"):
        return folder


def test_what_is_derived_from_a_release_and_what_is_refused_stays_in_the_warehouse(
    place: Path,
) -> None:
    config = steps(place, {"derive": {"by": "contrast", "model": "recorded", "reach": "all"}})
    where = ("--warehouse", str(place / "w"))
    status, said = said_by("rubrics", "derive", "preferences@1", str(config), *where)
    assert status == 0, said
    assert "preferences@1: 1 new rubric of 1 criterion, 0 proofs; 0 of 1 rubric in force" in said
    assert "unsupported" in said and "not proven" in said
    with Warehouse.open(WarehouseSettings(path=place / "w"), read_only=True) as warehouse:
        (rubric,) = Rubric.from_table(warehouse.query("select * from rubrics"))
        runs = {run.run_id: run for run in Run.from_table(warehouse.query("select * from runs"))}
        refused = warehouse.query(
            "select distinct reason from rejects where stage = 'derive' and run_id = $run",
            parameters={"run": str(rubric.derived_from)},
        )
        sources = warehouse.query("select distinct kind, quote from criterion_sources").to_pylist()
        assert warehouse.query("select * from releases").num_rows == 1
    assert runs[str(rubric.derived_from)].name == "rubrics of preferences@1"
    assert "unsupported" in refused["reason"].to_pylist()
    assert {"kind": "comparison", "quote": "prune in winter"} in sources
    assert not list((place / "w" / "runs").glob("*/staging"))


def test_the_same_steps_once_more_add_nothing_and_ask_nobody(place: Path) -> None:
    where = ("--warehouse", str(place / "w"))
    status, said = said_by("rubrics", "derive", "preferences", str(place / "steps.yaml"), *where)
    assert status == 0 and "this was done before; nothing was asked" in said, said
    assert "preferences@1: 1 new rubric of 1 criterion" in said
    assert said_by("query", "select * from runs", *where)[1].count("rubrics of") == 1
    status, said = said_by("rubrics", "export", str(place / "out.yaml"), *where)
    assert status == 1 and "no rubric of the warehouse is in force" in said
    status, said = said_by("status", *where)
    assert status == 0 and "rubrics of preferences@1" in said, said


def test_a_rubric_is_shown_with_the_release_that_it_was_derived_from(place: Path) -> None:
    where = ("--warehouse", str(place / "w"))
    _, listed = said_by("rubrics", "list", *where)
    assert "everything by contrast@1" in listed
    status, said = said_by("rubrics", "show", "everything by contrast", *where)
    assert status == 0, said
    (line,) = (line for line in said.splitlines() if line.strip().startswith("derived from"))
    assert "preferences@1 (run " in line


def test_derived_rubrics_of_the_warehouse_that_say_the_same_are_merged_by_the_command(
    tmp_path: Path,
) -> None:
    where = ("--warehouse", str(tmp_path / "w"))
    with publish_orchard(tmp_path / "w"):
        path = steps(tmp_path, {"merge": {"model": "recorded", "min_prompts": 1}})
    file = tmp_path / "rubrics.yaml"
    made = [
        {"name": name, "derived_from": "elsewhere", "criteria": [SEASON, *more]}
        for name, more in (("one", ["Names a month."]), ("two", ["Warns of frost."]))
    ]
    file.write_text(yaml.safe_dump({"rubrics": made}))
    assert said_by("rubrics", "import", str(file), *where)[0] == 0
    status, said = said_by("rubrics", "merge", "preferences@1", str(path), *where)
    assert status == 0, said
    assert "1 new rubric of 3 criteria" in said
    status, said = said_by(
        "rubrics", "merge", "preferences@1", str(steps(tmp_path, {"derive": {"by": "contrast", "model": "recorded"}})), *where
    )  # fmt: skip
    assert status == 1 and "steps[0] is 'derive', wanted merge or prove" in said


def test_steps_that_answers_are_owed_to_go_on_as_a_run_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = steps(tmp_path, {"derive": {"by": "contrast", "model": "recorded", "reach": "all"}})
    with publish_orchard(tmp_path / "w"):
        config = load_rubric_steps(path, tmp_path / "w", DERIVES)
    with monkeypatch.context() as failing:
        failing.setattr(Asking, "n_owed", property(lambda _: 5))
        first = go_over_release(config, "preferences@1", progress())
    second = go_over_release(config, "preferences@1", progress())
    assert second.is_new and second.run_id == next_run_id(first.run_id)
    assert {reject.run_id for reject in second.rejects} == {second.run_id}
    third = go_over_release(config, "preferences@1", progress())
    assert not third.is_new and third == second._replace(is_new=False)
    with Warehouse.open(WarehouseSettings(path=tmp_path / "w"), read_only=True) as warehouse:
        owed = warehouse.query("select run_id, n_owed from runs where name like 'rubrics%'")
    assert {row["run_id"]: row["n_owed"] for row in owed.to_pylist()} == {
        first.run_id: 5,
        second.run_id: 0,
    }


def test_rubrics_that_nobody_judged_by_are_not_proven_by_judgments_that_are_there(
    place: Path, tmp_path: Path
) -> None:
    where = ("--warehouse", str(place / "w"))
    status, said = said_by(
        "rubrics", "prove", "preferences@1", str(steps(tmp_path, "prove")), *where
    )
    assert status == 0 and "not_judged" in said, said
    assert "0 of 0 rubrics in force" in said or "not proven" in said


def test_what_earlier_versions_were_derived_from_is_staged_with_the_last(tmp_path: Path) -> None:
    old = Rubric(rubric_id="old", name="care", source="toy", derived_from="run")
    rubrics = [old, old.model_copy(update={"rubric_id": "new", "replaces": "old"})]
    criteria = [
        Criterion(
            criterion_id=f"{r.rubric_id}-c",
            rubric_id=r.rubric_id,
            kind="principle",
            text="Is right.",
            source="toy",
        )
        for r in rubrics
    ]
    source = CriterionSource(criterion_id="old-c", kind="comparison", subject_id="seen")
    staging = Staging(tmp_path / "staging")
    stage_shelf(Shelf(rubrics, criteria, [source]), staging)
    assert staging.read(CriterionSource)["subject_id"].to_pylist() == ["seen"]
    assert rubrics_to_prove(staging).to_pylist() == ["new"]


@pytest.mark.parametrize(
    ("listed", "allowed", "told"),
    [
        ([{"aggregate": {}}], DERIVES, "steps[0] is 'aggregate', wanted derive, merge, prove"),
        ([{"merge": {"model": "recorded"}}], PROVES, "steps[0] is 'merge', wanted prove; winnow rubrics derive takes all"),
        ([{"derive": {"by": "contrast", "model": "large"}}], DERIVES, "steps[0].derive.model: no model named 'large'"),
        ([], DERIVES, "steps is [], wanted at least 1"),
    ],
    ids=["other", "merge", "model", "none"],
)  # fmt: skip
def test_what_cannot_be_gone_through_is_said_with_its_place(
    tmp_path: Path, listed: list[object], allowed: tuple[str, ...], told: str
) -> None:
    with pytest.raises(InvalidSettings) as error:
        load_rubric_steps(steps(tmp_path, *listed), tmp_path / "w", allowed)
    assert str(error.value).startswith(str(tmp_path / "steps.yaml")) and told in str(error.value)
