"""Runners of Beam jobs: found by their short names, set to what our jobs need, looked for before a job is handed in."""

import json
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from winnow.schemas.errors import GO_ON, ClusterUnreachable, InvalidSettings, MissingPackage

if TYPE_CHECKING:
    from apache_beam.runners.runner import PipelineRunner

_CONNECT_S = 5.0
_WEEK_S = 7 * 24 * 3600
_FLINK_PORT = 8081
_FLINK_IN_PROCESS = ("", "[auto]", "[local]")
_EMBEDDED = "embed"

_CLASSES = {
    # Beam's DirectRunner first looks for the Prism binary on the network; this is what it falls back to.
    "direct": "FnApiRunner",
    "dask": "apache_beam.runners.dask.dask_runner.DaskRunner",
}
"""Runners that Beam finds by another name than its users give."""


def find_runner(name: str) -> "PipelineRunner":
    """Make the runner of a name, such as "FlinkRunner", "flink" or the whole name of a class.

    Raises:
        InvalidSettings: Beam knows no such runner.
        MissingPackage: The runner needs a package that is not installed.
    """
    from apache_beam.runners.runner import create_runner

    kind = _kind(name)
    if kind == "dask":
        _need_dask()
    try:
        return create_runner(_CLASSES.get(kind, name))
    except (ValueError, ImportError, AttributeError) as error:
        raise InvalidSettings(
            f"beam.runner is {name!r}, which Beam cannot start ({error}); name a runner such as "
            "DirectRunner, FlinkRunner, DaskRunner, SparkRunner or DataflowRunner",
            runner=name,
        ) from error


def is_local(name: str) -> bool:
    """Tell whether a runner is the one that works in this process, which is the default."""
    return _kind(name) == "direct"


def fill_in(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Give the options of a runner, with what our jobs need where nothing is said.

    Raises:
        InvalidSettings: An option is missing that cannot be filled in.
    """
    filled = dict(options)
    if _kind(name) == "dask" and "dask_npartitions" not in filled:
        # An element is a whole shard of requests: of Beam's 128 to a task one worker would get them all.
        filled.setdefault("dask_partition_size", 1)
    if _kind(name) in ("portable", "prism"):
        # Beam's five minutes are meant for one call, but some job servers have them end the wait for the job as well.
        filled.setdefault("job_server_timeout", _WEEK_S)
    if _is_on_workers(name, filled):
        if "environment_config" not in filled and "environment_options" not in filled:
            raise InvalidSettings(
                f"beam.options.environment_config is missing: {name} needs the address at which each of its machines "
                "finds the workers that have Winnow, such as localhost:50000"
            )
        filled.setdefault("environment_type", "EXTERNAL")
    return filled


def check_reachable(name: str, options: Mapping[str, Any]) -> None:
    """Connect to the cluster and hang up: within seconds, where Beam's own clients wait for minutes.

    Args:
        name: The runner.
        options: Its options, as settings give them.

    Raises:
        InvalidSettings: An address is none.
        ClusterUnreachable: Nothing answers there.
    """
    for key, address, (host, port) in _addresses(_kind(name), options):
        try:
            socket.create_connection((host, port), timeout=_CONNECT_S).close()
        except OSError as error:
            raise ClusterUnreachable(
                f"beam.options.{key} is {address!r}, where nothing answers ({error.strerror or error}); "
                f"start the cluster, or give its address (docs/cluster.md){GO_ON}",
                key=key,
                address=address,
            ) from error


def _kind(name: str) -> str:
    return name.rpartition(".")[2].lower().removesuffix("runner")


def _is_on_workers(name: str, options: Mapping[str, Any]) -> bool:
    """Tell whether a job's code runs in workers beside the machines of a portable runner."""
    if "environment_type" in options:
        return str(options["environment_type"]).upper() == "EXTERNAL"
    if options.get("job_endpoint", _EMBEDDED) != _EMBEDDED:
        return True
    return _kind(name) == "flink" and _flink_master(options) not in _FLINK_IN_PROCESS


def _flink_master(options: Mapping[str, Any]) -> str:
    return str(options.get("flink_master", ""))


def _addresses(kind: str, options: Mapping[str, Any]) -> Iterator[tuple[str, str, tuple[str, int]]]:
    """List the addresses that the driver itself connects to: key, as it is given, host and port."""
    endpoint = str(options.get("job_endpoint", _EMBEDDED))
    if endpoint != _EMBEDDED:
        yield "job_endpoint", endpoint, _host_and_port("job_endpoint", endpoint)
    elif kind == "flink" and (master := _flink_master(options)) not in _FLINK_IN_PROCESS:
        yield "flink_master", master, _host_and_port("flink_master", master, _FLINK_PORT)
    if kind != "dask":
        return
    if "dask_client_address" in options:
        address = str(options["dask_client_address"])
        yield "dask_client_address", address, _host_and_port("dask_client_address", address)
    elif "dask_scheduler_file" in options:
        path = str(options["dask_scheduler_file"])
        yield "dask_scheduler_file", path, _host_and_port("dask_scheduler_file", _scheduler(path))


def _scheduler(path: str) -> str:
    """Read the address that a Dask scheduler wrote into a file."""
    try:
        return str(json.loads(Path(path).read_text("utf-8"))["address"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ClusterUnreachable(
            f"beam.options.dask_scheduler_file is {path!r}, which names no scheduler "
            f"({type(error).__name__}: {error}); start one with "
            f"`dask scheduler --scheduler-file {path}`{GO_ON}"
        ) from error


def _host_and_port(key: str, address: str, default: int | None = None) -> tuple[str, int]:
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        host, port = parts.hostname, parts.port or default
    except ValueError:
        host, port = None, None
    if not host or not port:
        raise InvalidSettings(
            f"beam.options.{key} is {address!r}, wanted a host and a port, such as 10.0.0.5:{default or 8786}"
        )
    return host, port


def _need_dask() -> None:
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise MissingPackage(
            f"beam.runner is DaskRunner, which needs {error.name}, and it is not installed; "
            "install it on every machine: `pip install 'winnow[dask]'`"
        ) from error
