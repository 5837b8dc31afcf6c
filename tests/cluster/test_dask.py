"""The same settings on a real Dask cluster of two workers."""

from pathlib import Path

import psutil
import pytest

from tests.cluster.apart import run_apart
from tests.cluster.chain import CONCURRENCY, Chain
from tests.cluster.conftest import Unbroken
from tests.cluster.content_server import ContentServer
from tests.cluster.dask_cluster import DaskCluster
from tests.cluster.spread import N, processes_of_a_job
from winnow.warehouse.settings import S3Settings

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]


def test_work_spreads_over_both_workers(dask: DaskCluster, tmp_path: Path) -> None:
    did = processes_of_a_job(tmp_path / "out", dask.beam)
    assert did.keys() == set(dask.workers.values())
    assert sorted(number for numbers in did.values() for number in numbers) == list(range(N))


def test_a_run_gives_the_release_of_one_machine(
    dask: DaskCluster, chain: Chain, server: ContentServer, unbroken: Unbroken
) -> None:
    server.n_processes = 2
    assert chain.run("dask", dask.beam) == unbroken.rows
    for asked_by in server.by_process.values():
        assert asked_by.keys() == set(dask.workers.values())
    assert (server.asked.total(), server.n_twice) == (unbroken.n_requests, 0)


def test_a_run_that_loses_a_worker_gives_the_same_and_pays_twice_only_what_was_in_flight(
    dask: DaskCluster, chain: Chain, server: ContentServer, unbroken: Unbroken
) -> None:
    lost = dask.workers["worker1"]
    is_lost = server.at(20, lambda: dask.lose_worker("worker1"))
    try:
        assert chain.run("dask", dask.beam) == unbroken.rows
        assert is_lost.is_set() and not psutil.pid_exists(lost)
    finally:
        dask.replace_worker("worker1")
    assert lost in server.askers
    assert server.n_twice <= CONCURRENCY


def test_driver_and_workers_that_share_an_object_store_alone_give_the_release_of_one_machine(
    dask: DaskCluster,
    chain: Chain,
    server: ContentServer,
    s3: S3Settings,
    unbroken: Unbroken,
    tmp_path: Path,
) -> None:
    rows = run_apart(chain, dask.beam, server, s3, tmp_path / "catalog.sqlite")
    assert rows == unbroken.rows
    assert server.askers == set(dask.workers.values())
    assert (server.asked.total(), server.n_twice) == (unbroken.n_requests, 0)
