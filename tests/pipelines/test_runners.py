import json
import socket
from pathlib import Path
from typing import Any

import pytest

from winnow.pipelines.beam import BeamSettings, run_pipeline
from winnow.pipelines.runners import check_reachable, fill_in, find_runner
from winnow.schemas.errors import ClusterUnreachable, InvalidSettings

WORKERS = {"environment_config": "localhost:50000"}


@pytest.fixture
def closed_port() -> int:
    """A port of the loopback at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def never_built(pipeline: Any) -> None:
    raise AssertionError("a job was built for a cluster that is not there")


def test_an_unknown_runner_is_named_with_the_way_out() -> None:
    with pytest.raises(InvalidSettings, match=r"beam\.runner is 'Flunk', which Beam cannot start"):
        run_pipeline(never_built, BeamSettings(runner="Flunk"))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("DirectRunner", "FnApiRunner"),
        ("direct", "FnApiRunner"),
        ("FlinkRunner", "FlinkRunner"),
        ("flink", "FlinkRunner"),
        ("PortableRunner", "PortableRunner"),
        ("PrismRunner", "PrismRunner"),
        ("apache_beam.runners.portability.fn_api_runner.FnApiRunner", "FnApiRunner"),
    ],
)
def test_a_runner_is_found_by_its_short_name(name: str, found: str) -> None:
    assert type(find_runner(name)).__name__ == found


@pytest.mark.parametrize("name", ["DaskRunner", "dask"])
def test_dask_is_found_by_its_short_name(name: str) -> None:
    pytest.importorskip("distributed")
    assert type(find_runner(name)).__name__ == "DaskRunner"


def test_each_shard_is_a_task_of_its_own_on_dask_unless_settings_say_otherwise() -> None:
    assert fill_in("DaskRunner", {}) == {"dask_partition_size": 1}
    for said in ({"dask_partition_size": 4}, {"dask_npartitions": 8}):
        assert fill_in("dask", said) == said
    assert fill_in("DirectRunner", {"direct_num_workers": 2}) == {"direct_num_workers": 2}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("FlinkRunner", {"flink_master": "head:8081"}),
        ("FlinkRunner", {"job_endpoint": "head:8099"}),
        ("PortableRunner", {"job_endpoint": "head:8099", "job_server_timeout": 60}),
    ],
)
def test_workers_of_a_cluster_are_found_at_an_address_that_has_to_be_given(
    name: str, said: dict[str, str]
) -> None:
    assert fill_in(name, said | WORKERS) == said | WORKERS | {"environment_type": "EXTERNAL"}
    docker = {"environment_type": "DOCKER", "environment_config": "team/winnow:1"}
    assert fill_in(name, said | docker) == said | docker
    with pytest.raises(InvalidSettings, match=r"beam\.options\.environment_config is missing"):
        fill_in(name, said)


@pytest.mark.parametrize("name", ["PortableRunner", "PrismRunner"])
def test_a_job_on_a_portable_runner_may_last_longer_than_a_call_to_its_server(name: str) -> None:
    embedded = {"job_endpoint": "embed"}
    assert fill_in(name, embedded)["job_server_timeout"] > 24 * 3600
    assert fill_in(name, embedded | {"job_server_timeout": 9})["job_server_timeout"] == 9


@pytest.mark.parametrize("said", [{}, {"flink_master": "[local]"}, {"flink_master": "[auto]"}])
def test_flink_in_this_process_needs_no_address(said: dict[str, str]) -> None:
    assert fill_in("FlinkRunner", said) == said


@pytest.mark.parametrize(
    ("name", "key", "form"),
    [
        ("FlinkRunner", "job_endpoint", "127.0.0.1:{}"),
        ("PortableRunner", "job_endpoint", "localhost:{}"),
        ("FlinkRunner", "flink_master", "127.0.0.1:{}"),
        ("FlinkRunner", "flink_master", "http://127.0.0.1:{}"),
    ],
)
def test_a_cluster_that_is_not_there_is_said_before_a_job_is_built(
    name: str, key: str, form: str, closed_port: int
) -> None:
    address = form.format(closed_port)
    settings = BeamSettings(runner=name, options={key: address, **WORKERS})
    with pytest.raises(ClusterUnreachable) as caught:
        run_pipeline(never_built, settings)
    text = str(caught.value)
    assert text.startswith(f"beam.options.{key} is '{address}', where nothing answers (")
    assert "start the cluster, or give its address (docs/cluster.md)" in text


def test_a_dask_scheduler_is_looked_for_by_address_or_by_file(
    closed_port: int, tmp_path: Path
) -> None:
    address = f"tcp://127.0.0.1:{closed_port}"
    with pytest.raises(ClusterUnreachable, match=rf"dask_client_address is '{address}'"):
        check_reachable("dask", {"dask_client_address": address})
    file = tmp_path / "scheduler.json"
    with pytest.raises(ClusterUnreachable, match="names no scheduler"):
        check_reachable("dask", {"dask_scheduler_file": str(file)})
    file.write_text(json.dumps({"address": address}))
    with pytest.raises(ClusterUnreachable, match=r"dask_scheduler_file is .* nothing answers"):
        check_reachable("dask", {"dask_scheduler_file": str(file)})


def test_a_cluster_that_listens_is_reachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        check_reachable("FlinkRunner", {"job_endpoint": f"127.0.0.1:{port}"})
        check_reachable("DaskRunner", {"dask_client_address": f"127.0.0.1:{port}"})


@pytest.mark.parametrize("address", ["head", "head:", "head:port", ":8099", "http://"])
def test_an_address_without_host_or_port_is_refused(address: str) -> None:
    with pytest.raises(InvalidSettings, match=r"beam\.options\.job_endpoint is .*wanted a host"):
        check_reachable("FlinkRunner", {"job_endpoint": address})
