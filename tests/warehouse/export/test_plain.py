from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.warehouse.export.spoken import publish_cases
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.export import export
from winnow.warehouse.export.formats.trl import TrlLayout
from winnow.warehouse.export.plain import stretches
from winnow.warehouse.export.rows import content_of, groups_of, prompt_tables

WAYS: dict[str, dict[str, Any]] = {
    "pairs": {},
    "reward": {"variant": "reward"},
    "halves": {"splits": {"train": 0.5, "validation": 0.25, "test": 0.25}},
}


WITHOUT_TOOLS = ("text in pieces", "a system turn", "documents", "several turns before", "a beginning", "a response of several turns", "an image in a response")  # fmt: skip


@pytest.fixture(scope="module")
def toolless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Hold plain prompts and others, and no call of a tool, for which all columns would be of JSON."""
    folder = tmp_path_factory.mktemp("toolless") / "warehouse"
    with publish_cases(folder, WITHOUT_TOOLS) as warehouse:
        yield warehouse


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with publish_cases(tmp_path_factory.mktemp("spoken") / "warehouse") as warehouse:
        yield warehouse


def written(warehouse: Warehouse, folder: Path, **how: Any) -> dict[str, bytes]:
    export(warehouse, "preferences@1", "trl", folder, **how)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("way", WAYS)
def test_columns_and_single_prompts_are_written_byte_for_byte_alike(
    toolless: Warehouse, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_out = []
    columns = TrlLayout.columns
    monkeypatch.setattr(TrlLayout, "columns", lambda *given: laid_out.append(columns(*given)) or laid_out[-1])  # fmt: skip
    found = written(toolless, tmp_path / "columns", **WAYS[way])
    monkeypatch.setattr(TrlLayout, "columns", lambda *_: None)
    assert written(toolless, tmp_path / "rows", **WAYS[way]) == found
    assert any(made is not None for made in laid_out)


def test_a_prompt_is_plain_where_nothing_but_its_texts_has_to_be_told(spoken: Warehouse) -> None:
    told = {
        row["preference_id"]: (stretch.is_plain, row)
        for rows in prompt_tables(spoken, "preferences@1")
        for stretch in stretches(rows)
        for row in stretch.rows.to_pylist()
    }
    assert {is_plain for is_plain, _ in told.values()} == {True, False}
    for is_plain, row in told.values():
        odd = [row["tools"], row["contexts"], row["chosen_tool_calls"], row["rejected_turns"]]
        odd += [turn["parts"] or turn["tool_calls"] for turn in row["prompt"]]
        assert not (is_plain and any(odd))


@pytest.mark.parametrize("case", ["toolless", "spoken", "one"])
@pytest.mark.parametrize("variant", ["preference", "reward"])
def test_pairs_are_the_same_from_the_columns_that_they_depend_on_alone(
    variant: Any, case: str, toolless: Warehouse, spoken: Warehouse, tmp_path: Path
) -> None:
    layout = TrlLayout(variant=variant)
    with publish_cases(tmp_path / "one", WITHOUT_TOOLS[:1]) as one:
        warehouse = {"toolless": toolless, "spoken": spoken, "one": one}[case]
        content = content_of(warehouse, "preferences@1")
        tables = (
            list(prompt_tables(warehouse, "preferences@1", unread))
            for unread in ((), layout.unread(content))
        )
        whole, few = (pa.concat_tables(some) for some in tables)
    assert whole.schema == few.schema
    unread = {name for name in few.column_names if few[name].null_count == len(few)}
    assert {"evidence", "chosen_model", "reference"} <= unread
    assert ("chosen_turns" in unread) == (case == "one")
    made = [[layout.rows(g.rows, content) for g in groups_of(rows)] for rows in (whole, few)]
    assert made[0] == made[1]
