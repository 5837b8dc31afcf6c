"""Metadata of prompts, from the warehouse into the rows of an export."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests import toy
from tests.warehouse import processes
from winnow.schemas.ids import content_id
from winnow.schemas.prompts import Prompt
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.export import export
from winnow.warehouse.export.write import ExportResult
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.sql import load_query

KEPT = '{"difficulty":4,"tests":["f(1) == 2"]}'
PLACES = {
    "parquet": {}, "jsonl": {}, "trl": {"variant": "prompt_only"}, "verl": {"variant": "rl"},
}  # fmt: skip
NO_PLACE = {"trl": {}, "openrlhf": {}, "nemo_rl": {}, "verl": {}}


def prompts(metadata: str | None = KEPT) -> list[Prompt]:
    about = {"metadata": metadata, "reference": "The moon."}
    return [prompt.model_copy(update=about) for prompt in toy.prompts()]


def publish_with(warehouse: Warehouse, metadata: str | None, run_id: str = toy.RUN_ID) -> None:
    staging = toy.stage(warehouse.settings.staging(run_id), run_id)
    staging.write(Prompt, prompts(metadata))
    publish(warehouse, staging, toy.run(run_id), "preferences", processes.PASSED)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    settings = WarehouseSettings(path=tmp_path_factory.mktemp("kept") / "warehouse")
    with Warehouse.open(settings) as opened:
        publish_with(opened, KEPT)
        yield opened


def rows(done: ExportResult) -> list[dict[str, object]]:
    found = []
    for file in done.files:
        path = done.path / file.path
        is_parquet = path.suffix == ".parquet"
        text = "" if is_parquet else path.read_text(encoding="utf-8")
        found += pq.read_table(path).to_pylist() if is_parquet else map(json.loads, text.splitlines())  # fmt: skip
    return found


def test_metadata_is_queried_by_its_keys(warehouse: Warehouse) -> None:
    found = warehouse.query(
        "SELECT DISTINCT metadata->>'difficulty' AS level FROM preference_texts"
    )
    assert found["level"].to_pylist() == ["4"]
    typed = warehouse.query("SELECT DISTINCT (metadata->'difficulty')::INT AS level FROM prompts")
    assert typed["level"].to_pylist() == [4]


@pytest.mark.parametrize("name", PLACES)
def test_formats_with_a_place_for_it_carry_it(
    warehouse: Warehouse, tmp_path: Path, name: str
) -> None:
    done = export(warehouse, "preferences@1", name, tmp_path / "out", **PLACES[name])
    assert {row.get("metadata") or row["extra_info"]["metadata"] for row in rows(done)} == {KEPT}  # type: ignore[index]
    assert done.notes == ()


@pytest.mark.parametrize("name", NO_PLACE)
def test_formats_without_one_name_it(warehouse: Warehouse, tmp_path: Path, name: str) -> None:
    done = export(warehouse, "preferences@1", name, tmp_path / "out", **NO_PLACE[name])
    n = "2 prompts" if len(rows(done)) > 1 else "1 prompt"  # what is left out whole misses nothing
    said = f"etadata of {n} is not carried: this format has no column for it; 'parquet' and 'jsonl' do."
    assert done.notes == (f"m{said}",)
    assert f"M{said}" in (done.path / "README.md").read_text(encoding="utf-8")


def test_a_prompt_that_was_there_gains_metadata_and_older_releases_stay_as_they_are(
    tmp_path: Path,
) -> None:
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        publish_with(warehouse, None)
        before = export(warehouse, "preferences@1", "jsonl", tmp_path / "before")
        publish_with(warehouse, KEPT, content_id("second"))
        publish_with(warehouse, '{"difficulty":5}', content_id("third"))
        after = export(warehouse, "preferences@1", "jsonl", tmp_path / "after")
        newer = export(warehouse, "preferences@2", "jsonl", tmp_path / "newer")
        found = warehouse.query("SELECT metadata FROM prompts")["metadata"].to_pylist()
    assert found == [KEPT, KEPT]
    assert {row["metadata"] for row in rows(newer)} == {KEPT}
    assert after.files == before.files


def test_a_warehouse_from_before_there_was_metadata_is_exported_and_gains_the_column(
    tmp_path: Path,
) -> None:
    settings = WarehouseSettings(path=tmp_path / "warehouse")
    with Warehouse.open(settings) as warehouse:
        publish_with(warehouse, None)
        wanted = export(warehouse, "preferences", "jsonl", tmp_path / "new")
        lines = load_query("preference_texts").splitlines()
        known = [line for line in lines if "metadata" not in line]
        warehouse.con.execute("\n".join(["CREATE OR REPLACE VIEW preference_texts AS", *known]))
        warehouse.con.execute("ALTER TABLE prompts DROP COLUMN metadata")
    with Warehouse.open(settings, read_only=True) as reader:
        assert export(reader, "preferences", "jsonl", tmp_path / "old").files == wanted.files
    with Warehouse.open(settings) as writer:
        assert writer.query("SELECT metadata FROM prompts")["metadata"].to_pylist() == [None, None]
        assert export(writer, "preferences", "jsonl", tmp_path / "again").files == wanted.files
