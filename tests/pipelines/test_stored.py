from pathlib import Path

import pytest

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
    compute(staging, run_id)
    result = audit(staging, warehouse)
    result.raise_for_failures()
    return publish(warehouse, staging, toy.run(run_id), "preferences", result).release


def test_a_published_release_is_recomputed_row_for_row_from_its_judgments(tmp_path: Path) -> None:
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        small = publish_run(warehouse, tmp_path, "small", 5)
        publish_run(warehouse, tmp_path, "large", 9)
        again = Staging(tmp_path / "again")
        recompute_from(stored_tables(warehouse, small), again, content_id("small"), small)
        published = warehouse.query(f"from preferences where release = '{small}'")
    rows = again.read(Preference)
    assert rows.num_rows == 5
    assert rows.to_pylist() == published.sort_by("preference_id").to_pylist()


def test_responses_from_before_there_were_turns_are_read(tmp_path: Path) -> None:
    settings = WarehouseSettings(path=tmp_path / "warehouse")
    with Warehouse.open(settings) as warehouse:
        small = publish_run(warehouse, tmp_path, "small", 5)
        warehouse.con.execute("DROP VIEW preference_texts")
        warehouse.con.execute("ALTER TABLE responses DROP COLUMN turns")
    with Warehouse.open(settings) as warehouse:
        again = Staging(tmp_path / "again")
        recompute_from(stored_tables(warehouse, small), again, content_id("small"), small)
    assert again.read(Preference).num_rows == 5


def test_a_release_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse,
        pytest.raises(UnknownName, match="preferences@1"),
    ):
        stored_tables(warehouse, "preferences@1")
