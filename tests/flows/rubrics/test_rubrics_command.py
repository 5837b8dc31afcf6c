"""Rubrics are brought in, listed, shown, edited, compared and written out by the command, without a run."""

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from tests.flows.ways_in import said_by
from winnow.flows.rubrics import editing
from winnow.flows.rubrics.bringing_in import bring_in
from winnow.flows.rubrics.editing import edit_rubric
from winnow.flows.rubrics.files import read_rubrics
from winnow.flows.rubrics.shelf import Shelf
from winnow.schemas.errors import InvalidSettings, PublishConflict
from winnow.schemas.rubrics import Criterion, Rubric
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.shelving import shelve

BIGGEN = Path(__file__).resolve().parents[4] / "shared" / "data" / "biggen" / "prompts.parquet"
UNITS = {
    "name": "units",
    "domain": "physics",
    "criteria": ["States the unit.", {"text": "Names the law.", "title": "Law", "weight": 2.0}],
}


def rubrics(warehouse: Path, command: str, *more: object) -> str:
    status, said = said_by("rubrics", command, *map(str, more), "--warehouse", str(warehouse))
    assert status == 0, said
    return said


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a warehouse with one rubric in two versions, and files beside it."""
    folder = tmp_path_factory.mktemp("rubrics")
    warehouse, file = folder / "w", folder / "units.yaml"
    file.write_text(yaml.safe_dump(UNITS))
    assert "1 rubric: 1 new, 0 changed, 0 were there" in rubrics(warehouse, "import", file)
    edited = {**UNITS, "criteria": ["States the unit of every figure.", UNITS["criteria"][1]]}
    (folder / "edited.yaml").write_text(yaml.safe_dump(edited))
    said = rubrics(warehouse, "edit", "units", "--file", folder / "edited.yaml")
    assert said.startswith("units@2, ")
    return folder


def test_versions_stay_and_the_newest_is_in_force(place: Path) -> None:
    said = rubrics(place / "w", "list", "--all")
    assert [line.split()[0] for line in said.splitlines()] == ["rubric", "units@1", "units@2"]
    assert "replaced" in said.splitlines()[1] and "in force" in said.splitlines()[2]
    assert "States the unit.\n" in rubrics(place / "w", "show", "units@1")
    assert "States the unit of every figure." in rubrics(place / "w", "show", "units")


def test_what_is_there_changes_nothing_whichever_version_it_is(place: Path) -> None:
    said = rubrics(place / "w", "import", place / "edited.yaml")
    assert said.strip() == "1 rubric: 0 new, 0 changed, 1 was there"
    said = rubrics(place / "w", "import", place / "units.yaml")
    assert "1 is an older version of what is there, and changes nothing: units" in said
    said = rubrics(place / "w", "edit", "units", "--file", place / "edited.yaml")
    assert "says what it did; nothing was changed" in said
    assert "units@2" in rubrics(place / "w", "list") and "units@3" not in rubrics(
        place / "w", "list"
    )


def test_an_editor_gets_the_rubric_and_what_it_saves_is_kept(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rubrics(tmp_path / "w", "import", place / "units.yaml")
    script = tmp_path / "editor.py"
    script.write_text(
        "import sys, pathlib; file = pathlib.Path(sys.argv[1]); "
        "file.write_text(file.read_text().replace('Names the law.', 'Names the law and who found it.'))"
    )
    monkeypatch.setenv("VISUAL", f"{sys.executable} {script}")
    assert rubrics(tmp_path / "w", "edit", "units").startswith("units@2, ")
    monkeypatch.setenv("VISUAL", "no-such-editor")
    status, said = said_by("rubrics", "edit", "units", "--warehouse", str(tmp_path / "w"))
    assert status == 1 and "the editor 'no-such-editor' does not start" in said


def test_what_is_edited_while_another_replaces_it_is_no_second_newest_and_is_not_lost(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Warehouse.open(WarehouseSettings(path=tmp_path / "w")) as warehouse:
        bring_in(warehouse, read_rubrics(place / "units.yaml"))

        def edit(draft: Path, _: object) -> None:
            draft.write_text(draft.read_text().replace("Names the law.", "Names who found it."))
            bring_in(warehouse, read_rubrics(place / "edited.yaml"))

        monkeypatch.setattr(editing, "_open", edit)
        with pytest.raises(InvalidSettings, match="units@1 was replaced while it was edited") as no:
            edit_rubric(warehouse, "units")
        (draft,) = (word for word in str(no.value).split() if word.endswith("rubric.yaml"))
        assert "Names who found it." in Path(draft).read_text()
        first = Shelf.of(warehouse).find("units@1").rubric_id
        second = Rubric(rubric_id="x", name="units", domain="physics", source="y", replaces=first)
        more = Criterion(criterion_id="z", rubric_id="x", kind="checklist", text="a", source="y")
        with pytest.raises(PublishConflict, match="units was replaced by another version"):
            shelve(warehouse, [second, more])
        assert len(Shelf.of(warehouse).newest) == 1


def test_an_older_file_never_undoes_a_newer_version_and_two_of_one_name_are_told_apart(
    place: Path, tmp_path: Path
) -> None:
    third = tmp_path / "third.yaml"
    third.write_text(yaml.safe_dump({**UNITS, "criteria": ["States each unit."]}))
    with Warehouse.open(WarehouseSettings(path=tmp_path / "w")) as warehouse:
        for file in (place / "units.yaml", place / "edited.yaml", third):
            bring_in(warehouse, read_rubrics(file))
        came = bring_in(warehouse, read_rubrics(place / "edited.yaml"))
        assert (came.changed, came.outdated) == ([], ["units"])
        both = [*read_rubrics(place / "edited.yaml"), *read_rubrics(third)]
        with pytest.raises(InvalidSettings, match=r"third.yaml.*units says.*than at .*edited.yaml"):
            bring_in(warehouse, both)
        assert bring_in(warehouse, [*both[1:], *both[1:]]).n_there == 1


def test_two_versions_are_compared_criterion_by_criterion(place: Path) -> None:
    said = rubrics(place / "w", "compare", "units@1", "units@2")
    assert "units@1 -> units@2: 1 same, 1 reworded" in said


def test_a_rubric_is_written_as_it_was_read(place: Path, tmp_path: Path) -> None:
    rubrics(place / "w", "export", tmp_path / "out.yaml", "units@1")
    assert yaml.safe_load((tmp_path / "out.yaml").read_text()) == {"rubrics": [UNITS]}


def test_names_that_there_are_not_are_told_with_those_there_are(place: Path) -> None:
    status, said = said_by("rubrics", "show", "unit", "--warehouse", str(place / "w"))
    assert status == 1 and "no rubric named 'unit' (did you mean 'units'?)" in said


def test_a_prompt_that_nobody_holds_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text(json.dumps({"name": "x", "prompt_id": "f" * 64, "criteria": ["Is right."]}))
    status, said = said_by("rubrics", "import", str(file), "--warehouse", str(tmp_path / "w"))
    assert status == 1 and "which is no prompt of the warehouse; write its text as 'prompt'" in said
    with Warehouse.open(WarehouseSettings(path=tmp_path / "w"), read_only=True) as warehouse:
        assert warehouse.query("select * from rubrics").num_rows == 0


@pytest.mark.skipif(not BIGGEN.is_file(), reason="needs ../shared/data/biggen")
def test_695_rubrics_of_five_levels_are_imported_shown_and_come_out_equal(tmp_path: Path) -> None:
    said = rubrics(tmp_path / "w", "import", BIGGEN)
    assert said.strip() == "695 rubrics: 695 new, 0 changed, 0 were there"
    table = pq.read_table(BIGGEN)
    listed = rubrics(tmp_path / "w", "list")
    assert {line.split("@")[0] for line in listed.splitlines()[1:]} == set(
        table["item_id"].to_pylist()
    )
    first = table.slice(0, 1).to_pylist()[0]
    shown = rubrics(tmp_path / "w", "show", first["item_id"])
    assert all(text in shown for text in json.loads(first["rubric"]).values())
    rubrics(tmp_path / "w", "export", tmp_path / "out.parquet", "--form", "levels")
    out = pq.read_table(tmp_path / "out.parquet")
    assert out.select(table.column_names).to_pylist() == table.to_pylist()
