import pytest

from tests import toy
from tests.warehouse.export.spoken import publish_cases
from winnow.schemas.errors import CurationError
from winnow.schemas.ids import content_id
from winnow.schemas.preferences import Preference
from winnow.schemas.runs import Release
from winnow.schemas.shortcuts import Shortcut
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging


def publish_toy(warehouse: Warehouse, staging: Staging, run_id: str = toy.RUN_ID) -> Release:
    return publish(warehouse, staging, toy.run(run_id), "preferences", audit(staging, warehouse))


def count(warehouse: Warehouse, table: str) -> int:
    return warehouse.query(f"SELECT count(*) AS n FROM {table}")["n"][0].as_py()


def test_publishing_makes_all_staged_rows_and_the_release_visible(warehouse, staging):
    release = publish_toy(warehouse, staging)
    assert (release.release, release.n_preferences) == ("preferences@1", 2)
    tables = ("prompts", "responses", "comparisons", "judgments", "preferences", "rejects")
    assert [count(warehouse, table) for table in tables] == [2, 5, 3, 9, 2, 1]
    assert [count(warehouse, table) for table in ("runs", "releases")] == [1, 1]


def test_all_of_a_run_is_one_snapshot(warehouse, staging):
    before = count(warehouse, "ducklake_snapshots('wh')")
    publish_toy(warehouse, staging)
    assert count(warehouse, "ducklake_snapshots('wh')") == before + 1


def test_publishing_the_same_run_again_gives_its_release_and_adds_nothing(warehouse, staging):
    first = publish_toy(warehouse, staging)
    assert publish_toy(warehouse, staging) == first
    assert count(warehouse, "judgments") == 9


def test_another_run_adds_only_rows_whose_key_is_new(warehouse, staging, settings):
    publish_toy(warehouse, staging)
    other = content_id("other run")
    release = publish_toy(warehouse, toy.stage(settings.staging(other), other), other)
    assert release.release == "preferences@2"
    tables = ("prompts", "judgments", "preferences", "labels", "runs")
    assert [count(warehouse, table) for table in tables] == [2, 9, 4, 6, 2]


def test_preferences_carry_the_number_that_publishing_gave_them(warehouse, staging):
    staging.write(Preference, toy.preferences(release="preferences@77"))
    publish_toy(warehouse, staging)
    assert warehouse.query("SELECT DISTINCT release FROM preferences").to_pylist() == [
        {"release": "preferences@1"}
    ]


def test_a_run_that_makes_other_rows_the_second_time_is_told_so(warehouse, staging):
    publish_toy(warehouse, staging)
    staging.write(Preference, toy.preferences()[:1])
    staging.write(Shortcut, [])
    with pytest.raises(CurationError, match="has published preferences@1 with content"):
        publish_toy(warehouse, staging)


def test_a_staging_without_preferences_is_published_as_an_empty_release(settings, tmp_path):
    staging = Staging(tmp_path / "empty")
    with Warehouse.open(settings) as warehouse:
        assert publish_toy(warehouse, staging).n_preferences == 0
        assert count(warehouse, "runs") == 1


def test_a_release_keeps_its_audit(warehouse, staging):
    release = publish_toy(warehouse, staging)
    assert release.audit == audit(staging, warehouse).to_json()


def test_preference_texts_join_the_words_to_each_preference(warehouse, staging):
    publish_toy(warehouse, staging)
    rows = warehouse.query("SELECT chosen, rejected, split FROM preference_texts ORDER BY split")
    assert rows.to_pylist() == [
        {"chosen": "Give it an hour.", "rejected": "Ask a baker.", "split": "test"},
        {
            "chosen": "The pull of the moon, and less so of the sun.",
            "rejected": "The moon pulls on the sea.",
            "split": "train",
        },
    ]


def test_rows_read_back_as_the_records_they_were(warehouse, staging):
    publish_toy(warehouse, staging)
    stored = warehouse.query("SELECT * FROM preferences ORDER BY split")
    assert Preference.from_table(stored) == sorted(toy.preferences(), key=lambda p: p.split)


def test_a_moved_warehouse_still_finds_its_files(settings, tmp_path):
    with Warehouse.open(settings) as warehouse:
        publish_toy(warehouse, toy.stage(settings.staging(toy.RUN_ID)))
    settings.path.rename(tmp_path / "moved")
    moved = WarehouseSettings(path=tmp_path / "moved")
    with Warehouse.open(moved, read_only=True) as warehouse:
        assert count(warehouse, "preference_texts") == 2


def test_preference_texts_hold_documents_and_every_turn_of_a_response(tmp_path):
    with publish_cases(tmp_path / "warehouse") as warehouse:
        found = warehouse.query(
            "SELECT source, contexts, chosen_turns, rejected_turns FROM preference_texts"
        )
    rows = {row["source"]: row for row in found.to_pylist()}
    assert rows["documents:1"]["contexts"] == ["Invoice 4471 was paid.", "Invoice 9 is open."]
    several = rows["a response of several turns:1"]
    assert [turn["content"] for turn in several["chosen_turns"]] == ["Which one?", "The left one."]
    assert several["rejected_turns"] == []
