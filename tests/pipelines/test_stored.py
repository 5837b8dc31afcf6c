from pathlib import Path

import pytest

from pipelines.published import published_prompts
from pipelines.stored import stored_tables
from schemas.errors import UnknownName
from schemas.ids import content_id
from schemas.preferences import Preference
from tests import toy
from tests.pipelines.judged import compute, judged_run, recompute_from
from warehouse.audit import audit
from warehouse.catalog import Warehouse
from warehouse.publish import publish
from warehouse.settings import WarehouseSettings
from warehouse.staging import Staging


def publish_run(warehouse: Warehouse, folder: Path, name: str, n_prompts: int) -> str:
    run_id = content_id(name)
    staging = judged_run(folder / name, n_prompts)
    compute(staging, run_id, published_prompts(warehouse))
    result = audit(staging, warehouse)
    result.raise_for_failures()
    return publish(warehouse, staging, toy.run(run_id), "preferences", result).release


def test_a_published_release_is_recomputed_row_for_row_from_its_judgments(tmp_path: Path) -> None:
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        small = publish_run(warehouse, tmp_path, "small", 5)
        large = publish_run(warehouse, tmp_path, "large", 9)
        for name, run, n_rows in ((small, "small", 5), (large, "large", 9)):
            again, before = Staging(tmp_path / name), published_prompts(warehouse, before=name)
            recompute_from(stored_tables(warehouse, name), again, content_id(run), name, before)
            published = warehouse.query(f"from preferences where release = '{name}'")
            rows = again.read(Preference)
            assert rows.num_rows == n_rows
            assert rows.to_pylist() == published.sort_by("preference_id").to_pylist()


def test_the_split_of_a_published_prompt_is_what_its_newest_release_says(tmp_path: Path) -> None:
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        assert published_prompts(warehouse).splits == {}
        small = publish_run(warehouse, tmp_path, "small", 5)
        warehouse.con.execute("update preferences set split = 'validation'")
        found, before = published_prompts(warehouse), published_prompts(warehouse, before=small)
    assert set(found.splits.values()) == {"validation"}
    assert set(found.prompts["prompt_id"].to_pylist()) == found.splits.keys()
    assert (before.splits, before.prompts.num_rows) == ({}, 0)


def test_a_later_release_moves_no_prompt_of_an_earlier_one(tmp_path: Path) -> None:
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        publish_run(warehouse, tmp_path, "small", 5)
        warehouse.con.execute("update preferences set split = 'validation'")
        publish_run(warehouse, tmp_path, "large", 9)
        moved = warehouse.query(
            "select prompt_id from preferences group by 1 having count(distinct split) > 1"
        )
        splits = warehouse.query("select count(*) as n from preferences where split = 'validation'")
    assert moved.num_rows == 0
    assert splits["n"].to_pylist()[0] >= 10


def test_a_release_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse,
        pytest.raises(UnknownName, match="preferences@1"),
    ):
        stored_tables(warehouse, "preferences@1")
