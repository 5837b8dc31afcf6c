"""The same settings on a real Flink cluster of two task managers."""

from pathlib import Path

import psutil
import pytest

from tests.cluster.apart import run_apart
from tests.cluster.chain import CONCURRENCY, Chain
from tests.cluster.conftest import Unbroken
from tests.cluster.content_server import ContentServer
from tests.cluster.flink_cluster import FlinkCluster
from tests.cluster.spread import N, processes_of_a_job
from winnow.warehouse.settings import S3Settings

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]


def test_work_spreads_over_both_task_managers(flink: FlinkCluster, tmp_path: Path) -> None:
    did = processes_of_a_job(tmp_path / "out", flink.beam)
    assert len(did) == 2  # each task manager has one slot, and for each job one worker of its own
    assert sorted(number for numbers in did.values() for number in numbers) == list(range(N))


def test_a_run_gives_the_release_of_one_machine(
    flink: FlinkCluster, chain: Chain, server: ContentServer, unbroken: Unbroken
) -> None:
    server.n_processes = 2
    assert chain.run("flink", flink.beam) == unbroken.rows
    for asked_by in server.by_process.values():
        assert len(asked_by) == 2
    assert (server.asked.total(), server.n_twice) == (unbroken.n_requests, 0)


def test_a_run_that_loses_a_task_manager_gives_the_same_and_pays_twice_only_what_was_in_flight(
    flink: FlinkCluster, chain: Chain, server: ContentServer, unbroken: Unbroken
) -> None:
    lost = flink.pid("tm1")
    is_lost = server.at(20, lambda: flink.lose_task_manager("tm1"))
    assert chain.run("flink", flink.beam) == unbroken.rows
    assert is_lost.is_set() and not psutil.pid_exists(lost)
    assert server.n_twice <= 2 * CONCURRENCY  # the job begins anew on both


def test_driver_and_workers_that_share_an_object_store_alone_give_the_release_of_one_machine(
    flink: FlinkCluster,
    chain: Chain,
    server: ContentServer,
    s3: S3Settings,
    unbroken: Unbroken,
    tmp_path: Path,
) -> None:
    flink.wait_for_slots()
    rows = run_apart(chain, flink.beam, server, s3, tmp_path / "catalog.sqlite")
    assert rows == unbroken.rows
    for asked_by in server.by_process.values():
        assert len(asked_by) == 2
    assert (server.asked.total(), server.n_twice) == (unbroken.n_requests, 0)
