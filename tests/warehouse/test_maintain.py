import shutil

from tests import toy
from tests.warehouse.processes import PASSED
from winnow.schemas.ids import content_id
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.maintain import maintain
from winnow.warehouse.publish import publish

AT_RELEASE = """
SELECT (SELECT count(*) FROM preference_texts) AS n_preferences, (SELECT count(*) FROM runs) AS n_runs,
    (SELECT count(*) FROM judgments) AS n_judgments, (SELECT count(*) FROM rejects) AS n_rejects
"""


def publish_runs(warehouse: Warehouse, n: int) -> None:
    for run_id in (content_id(i) for i in range(n)):
        staging = toy.stage(warehouse.settings.staging(run_id), run_id)
        rejects = [
            toy.rejects(run_id)[0].model_copy(update={"record_id": str(i)}) for i in range(50)
        ]
        staging.write(type(rejects[0]), rejects, part="read")
        publish(warehouse, staging, toy.run(run_id), "preferences", PASSED)


def test_maintenance_merges_files_and_every_release_stays_as_it_was(warehouse):
    publish_runs(warehouse, 4)
    names = [f"preferences@{i}" for i in (1, 2, 3, 4)]
    before = [warehouse.query(AT_RELEASE, at=name).to_pylist() for name in names]
    done = maintain(warehouse, min_age_h=0)
    assert (done.n_files_merged, done.n_files_deleted) == (4, 4)
    assert [warehouse.query(AT_RELEASE, at=name).to_pylist() for name in names] == before
    with Warehouse.open(warehouse.settings, read_only=True) as reader:
        assert [reader.query(AT_RELEASE, at=name).to_pylist() for name in names] == before
    assert before[0] == [{"n_preferences": 2, "n_runs": 1, "n_judgments": 9, "n_rejects": 51}]


def test_snapshots_that_no_release_names_are_forgotten(warehouse):
    publish_runs(warehouse, 1)
    warehouse.con.execute("INSERT INTO gold VALUES ('x', 'a', 'by hand')")
    warehouse.con.execute("DELETE FROM gold WHERE basis = 'by hand'")
    assert maintain(warehouse).n_snapshots_expired >= 3
    assert warehouse.query("FROM gold", at="preferences@1").num_rows == 1


def test_publishing_goes_on_after_maintenance(warehouse):
    publish_runs(warehouse, 2)
    maintain(warehouse, min_age_h=0)
    publish_runs(warehouse, 3)
    (row,) = warehouse.query(AT_RELEASE).to_pylist()
    assert row == {"n_preferences": 6, "n_runs": 3, "n_judgments": 9, "n_rejects": 153}


def test_stagings_of_published_runs_are_cleared_away_and_others_kept(warehouse):
    publish_runs(warehouse, 1)
    unfinished = toy.stage(warehouse.settings.staging("unfinished"))
    assert maintain(warehouse).n_stagings_deleted == 1
    assert list(warehouse.settings.folders.staging.iterdir()) == [unfinished.root]


def test_what_is_left_of_a_staging_that_was_being_removed_is_no_run_and_is_cleared_away(
    warehouse, monkeypatch
):
    unfinished = toy.stage(warehouse.settings.staging("unfinished"))
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)  # as where the process is killed
    unfinished.remove()
    monkeypatch.undo()
    assert len(list(warehouse.settings.folders.staging.iterdir())) == 1
    assert warehouse.settings.runs.places() == []
    maintain(warehouse)
    assert list(warehouse.settings.folders.staging.iterdir()) == []


def test_a_second_maintenance_finds_nothing_to_do(warehouse):
    publish_runs(warehouse, 2)
    maintain(warehouse, min_age_h=0)
    done = maintain(warehouse, min_age_h=0)
    assert (done.n_files_merged, done.n_files_deleted, done.n_stagings_deleted) == (0, 0, 0)
