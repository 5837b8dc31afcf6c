"""What a release holds beside what is trained on is named where a format has no column for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.toy import answer, ask
from tests.warehouse.export.spoken import publish_cases
from winnow.schemas.responses import Response
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.export import export
from winnow.warehouse.export.layout import Content
from winnow.warehouse.export.not_carried import (
    columns_without_place,
    count_not_carried,
    notes_on_columns,
)
from winnow.warehouse.export.settings import layout_of

WITHOUT: list[dict[str, str]] = [{}, {"variant": "reward"}, {"variant": "unpaired"}]
SAID = "of 1 response {} not carried: this format has no column for {}; 'parquet' and 'jsonl' do."


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp("steps") / "warehouse"
    with publish_cases(folder, ["steps of a response", "a system turn"]) as warehouse:
        yield warehouse


@pytest.mark.parametrize("options", WITHOUT, ids=str)
def test_steps_and_ways_of_making_a_response_are_named_with_their_number(
    release: Warehouse, tmp_path: Path, options: dict[str, str]
) -> None:
    done = export(release, "preferences@1", "trl", tmp_path / "out", **options)
    notes = (f"steps {SAID.format('are', 'them')}", f"made {SAID.format('is', 'it')}")
    assert done.notes == notes
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert all(f"{note[0].upper()}{note[1:]}" in card for note in notes)


@pytest.mark.parametrize("name", ["parquet", "jsonl"])
def test_formats_with_every_column_name_nothing(
    release: Warehouse, tmp_path: Path, name: str
) -> None:
    assert export(release, "preferences@1", name, tmp_path / "out").notes == ()


def test_of_rows_that_hold_no_response_and_of_what_is_left_out_whole_nothing_is_missed(
    release: Warehouse, tmp_path: Path
) -> None:
    prompts = export(release, "preferences@1", "trl", tmp_path / "out", variant="prompt_only")
    assert prompts.notes == ()
    left_out = export(release, "preferences@1", "openrlhf", tmp_path / "left-out")
    assert left_out.n_left_out == {"uses_tools": 1}
    assert left_out.notes == ()


@pytest.mark.parametrize("name", ["openrlhf", "nemo_rl", "verl"])
def test_every_other_format_names_from_which_response_another_was_made(name: str) -> None:
    prompt = ask("Why are there tides?")
    first = answer(prompt, "The moon.", made="imported")
    better = answer(prompt, "Moon and sun.", made="refined", parent_id=first.response_id)
    row: Any = {"metadata": None, **side("chosen", better), **side("rejected", first)}
    features = layout_of(name, {}).features(Content(has_tools=False, has_tool_turns=False))
    without = columns_without_place(features, has_responses=True)
    said = [note.split(" is ")[0] for note in notes_on_columns(count_not_carried([row], without))]
    assert said == ["made of 1 response", "parent_id of 1 response"]


def side(name: str, response: Response) -> dict[str, Any]:
    columns = {"id": "response_id", "steps": "steps", "made": "made", "parent_id": "parent_id"}
    return {f"{name}_{theirs}": getattr(response, ours) for theirs, ours in columns.items()}
