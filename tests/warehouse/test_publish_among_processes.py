import os
import time

import pytest

from tests import toy
from tests.warehouse import processes
from winnow.schemas.errors import PublishConflict, StorageFull
from winnow.schemas.ids import content_id
from winnow.schemas.responses import Response
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.maintain import maintain
from winnow.warehouse.publish import publish
from winnow.warehouse.staging import Staging

COUNTS = """
SELECT (SELECT count(*) FROM releases) AS n_releases, (SELECT count(*) FROM judgments) AS n_judgments,
    (SELECT count(*) FROM rejects) AS n_rejects, (SELECT count(*) FROM labels) AS n_labels
"""
NOTHING = {"n_releases": 0, "n_judgments": 0, "n_rejects": 0, "n_labels": 0}
ALL = {
    "n_releases": 1,
    "n_judgments": 9,
    "n_rejects": processes.N_REJECTS + 1,
    "n_labels": 3,
}


@pytest.fixture
def made(settings):
    with Warehouse.open(settings):
        return settings


def test_a_reader_sees_all_of_a_run_or_nothing_while_another_process_publishes(made):
    processes.large_staging(made, content_id("large"))
    publisher = processes.start("publish", made.path, "large")
    processes.wait_until_ready(publisher)
    seen = []
    with Warehouse.open(made, read_only=True) as reader:
        processes.go(publisher)
        while publisher.poll() is None:
            seen += reader.query(COUNTS).to_pylist()
        seen += reader.query(COUNTS).to_pylist()
    assert publisher.stdout.read() == "preferences@1\n"
    assert (seen[0], seen[-1]) == (NOTHING, ALL)
    assert all(row in (NOTHING, ALL) for row in seen)


def test_two_processes_that_publish_at_once_both_land_and_no_row_comes_twice(made):
    names = ("one", "two")
    for name in names:
        processes.large_staging(made, content_id(name))
    publishers = [processes.start("publish", made.path, name) for name in names]
    for publisher in publishers:
        processes.wait_until_ready(publisher)
    for publisher in publishers:
        processes.go(publisher)
    printed = {publisher.communicate(timeout=300)[0] for publisher in publishers}
    assert printed == {"preferences@1\n", "preferences@2\n"}
    with Warehouse.open(made, read_only=True) as warehouse:
        (row,) = warehouse.query(COUNTS).to_pylist()
    assert (row["n_releases"], row["n_judgments"], row["n_labels"]) == (2, 9, 6)


class OutrunStaging(Staging):
    """A staging during whose publishing another publisher always commits first."""

    rival: Warehouse

    def files(self, record):
        sql = "UPDATE winnow_meta SET n_publishes = n_publishes + 1"
        self.rival.patiently(lambda: self.rival.con.execute(sql))
        return super().files(record)


def test_a_publisher_that_others_always_outrun_is_told_to_run_again(made):
    staging = OutrunStaging(processes.large_staging(made, content_id("slow")).root)
    impatient = made.model_copy(update={"busy_timeout_s": 1.0})
    wanted = r"others published \d+ times? while run .*: run it again"
    with Warehouse.open(made) as staging.rival, Warehouse.open(impatient) as warehouse:
        with pytest.raises(PublishConflict, match=wanted):
            publish(warehouse, staging, toy.run(), "preferences", processes.PASSED)
        assert warehouse.query(COUNTS).to_pylist() == [NOTHING]


def first_file_written(settings):
    while not list((settings.path / "data").glob("main/*/*.parquet")):
        time.sleep(0.001)


MOMENTS = {
    "at once": lambda settings: None,
    "after 0.1 s": lambda settings: time.sleep(0.1),
    "once a file is written": first_file_written,
    "0.1 s later": lambda settings: (first_file_written(settings), time.sleep(0.1)),
    "0.3 s later": lambda settings: (first_file_written(settings), time.sleep(0.3)),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_a_publisher_that_is_killed_leaves_all_or_nothing_and_can_be_run_again(made, moment):
    staging = processes.large_staging(made, content_id("killed"))
    publisher = processes.start("publish", made.path, "killed")
    processes.wait_until_ready(publisher)
    processes.go(publisher)
    moment(made)
    publisher.kill()
    publisher.wait()
    with Warehouse.open(made) as warehouse:
        assert warehouse.query(COUNTS).to_pylist() in ([NOTHING], [ALL])
        run = toy.run(content_id("killed"))
        release = publish(warehouse, staging, run, "preferences", processes.PASSED)
        assert release.release == "preferences@1"
        assert warehouse.query(COUNTS).to_pylist() == [ALL]


def test_files_of_a_publisher_that_was_killed_are_cleared_away(made):
    staging = processes.large_staging(made, content_id("killed"))
    left = made.path / "data" / "main" / "rejects" / "ducklake-left-behind.parquet"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"half a file")
    with Warehouse.open(made) as warehouse:
        run = toy.run(content_id("killed"))
        publish(warehouse, staging, run, "preferences", processes.PASSED)
        merged = maintain(warehouse, min_age_h=24)
        assert merged.n_files_deleted == 0
        assert maintain(warehouse, min_age_h=0).n_files_deleted == 1 + merged.n_files_merged
        assert warehouse.query(COUNTS).to_pylist() == [ALL]
    assert not left.exists()


def test_a_full_disk_is_named_and_nothing_is_published(made, tmp_path, small_disk):
    settings = made.model_copy(update={"path": small_disk})
    staging = toy.stage(tmp_path / "staged")
    letters = (os.urandom(500_000).hex() for _ in range(20))
    prompt_id = toy.prompts()[0].prompt_id
    texts = [Response(prompt_id=prompt_id, text=text, model="noise") for text in letters]
    staging.write(Response, [*toy.responses(), *texts])
    with Warehouse.open(settings) as warehouse:
        with pytest.raises(StorageFull, match=f"no space left while writing {small_disk}/data/"):
            publish(warehouse, staging, toy.run(), "preferences", processes.PASSED)
        assert warehouse.query(COUNTS).to_pylist() == [NOTHING]
        assert maintain(warehouse, min_age_h=0).n_files_deleted == 1
        staging.write(Response, toy.responses())
        release = publish(warehouse, staging, toy.run(), "preferences", processes.PASSED)
        assert release.release == "preferences@1"
