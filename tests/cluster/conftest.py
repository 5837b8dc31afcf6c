"""Real clusters on this machine, each started once, and the chain as the DirectRunner runs it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.cluster import dask_cluster as dask_parts
from tests.cluster import flink_cluster as flink_parts
from tests.cluster.chain import Chain
from tests.cluster.content_server import ContentServer, content_server
from tests.cluster.dask_cluster import DaskCluster
from tests.cluster.flink_cluster import FlinkCluster
from winnow.pipelines.beam import BeamSettings


class Unbroken(NamedTuple):
    """What a run on one machine gives."""

    rows: list[dict[str, Any]]
    """Rows that it published."""

    n_requests: int
    """Requests that it asked."""


@pytest.fixture(scope="session")
def cluster_logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clusters")


@pytest.fixture(scope="session")
def flink(cluster_logs: Path) -> Iterator[FlinkCluster]:
    if why := flink_parts.why_not():
        pytest.skip(why)
    with flink_parts.flink_cluster(cluster_logs / "flink") as cluster:
        yield cluster


@pytest.fixture(scope="session")
def dask(cluster_logs: Path) -> Iterator[DaskCluster]:
    if why := dask_parts.why_not():
        pytest.skip(why)
    with dask_parts.dask_cluster(cluster_logs / "dask") as cluster:
        yield cluster


@pytest.fixture
def server() -> Iterator[ContentServer]:
    with content_server() as server:
        yield server


@pytest.fixture
def chain(tmp_path: Path, prefect_api: str, server: ContentServer) -> Chain:
    return Chain(tmp_path, prefect_api, server.url)


@pytest.fixture(scope="session")
def unbroken(tmp_path_factory: pytest.TempPathFactory, prefect_api: str) -> Unbroken:
    with content_server() as server:
        chain = Chain(tmp_path_factory.mktemp("unbroken"), prefect_api, server.url)
        rows = chain.run("direct", BeamSettings())
        assert rows and not server.n_twice
        return Unbroken(rows, server.asked.total())
