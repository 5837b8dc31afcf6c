from pathlib import Path

import pytest

from winnow.pipelines.asking.stalling import Stall, stalls_told
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.notices import Notice, Teller, current_notices
from winnow.pipelines.inference.work import InWork

FLINK = BeamSettings(
    runner="FlinkRunner",
    options={"job_endpoint": "head:8099", "environment_config": "localhost:50000"},
)


class Watched:
    """A job that is looked at once a second, by a clock of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.now = 0.0
        self.stall = Stall(root, FLINK, Teller(root), clock=lambda: self.now)
        self.worker = Teller(root)

    def works(self, n_done: int) -> None:
        self.worker.at_work(InWork(began_at=0, told_at=1, n_in_work=8, n_done=n_done))

    def after(self, seconds: int) -> list[str]:
        """Give what stands when so much time is over."""
        for _ in range(seconds):
            self.now += 1
            self.stall.look()
        return [notice.text for notice in current_notices(self.root).values()]


@pytest.fixture
def job(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_a_job_that_no_worker_begins_is_said_with_what_to_look_at(job: Watched) -> None:
    assert job.after(59) == []
    assert job.after(1) == [
        "for a worker of FlinkRunner to begin, 60 s so far; look whether the cluster has free slots or workers, "
        "and whether a pool of workers listens at localhost:50000 of each machine (docs/cluster.md)"
    ]
    job.works(0)
    assert job.after(1) == []


def test_a_job_of_which_nothing_comes_is_said_until_something_does(job: Watched) -> None:
    job.works(5)
    assert job.after(180) == []
    assert job.after(5) == [
        "for FlinkRunner: no answer for 184 s, 8 requests in work; "
        "look at the logs of its workers and at the engine (docs/cluster.md)"
    ]
    job.works(6)
    assert job.after(100) == []


def test_a_job_whose_worker_says_itself_what_it_waits_for_does_not_stall(job: Watched) -> None:
    job.works(5)
    job.worker(Notice(what="waiting", text="for http://a: down"))
    assert job.after(1000) == ["for http://a: down"]
    job.worker(None)
    assert job.after(179) == []
    assert len(job.after(1)) == 1


def test_a_job_in_this_process_is_not_watched(tmp_path: Path) -> None:
    with stalls_told(tmp_path, BeamSettings()):
        assert current_notices(tmp_path) == {}
