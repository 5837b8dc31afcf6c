"""A Dask cluster of a scheduler and two workers on this machine."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.processes import Processes, free_port, listens
from winnow.pipelines.beam import BeamSettings

ROOT = Path(__file__).parents[2]
_WORKERS = ("worker1", "worker2")
_LOCAL = ("--host", "127.0.0.1", "--no-dashboard")


def why_not() -> str | None:
    """Say what keeps a cluster from starting here, None where nothing does."""
    if importlib.util.find_spec("distributed") is None:
        return "Dask is not installed; `make setup-dev` installs it"
    return None


class DaskCluster:
    """A scheduler and two workers of one thread each."""

    def __init__(self, folder: Path) -> None:
        environment = {
            "PYTHONPATH": ":".join([str(ROOT), *sys.path[1:]]),
            "HF_HUB_OFFLINE": "1",
            "DASK_CONFIG": str(ROOT / "deploy/dask/distributed.yaml"),
        }
        self._processes = Processes(folder, environment)
        self._folder = folder
        self._port = free_port()

    def start(self) -> None:
        """Start all of it and wait until both workers are there."""
        self._dask("scheduler", "dask_scheduler", "--port", str(self._port), *_LOCAL)
        self._processes.wait_until(
            "the scheduler listens", lambda: listens(self._port), "scheduler"
        )
        for name in _WORKERS:
            self._start_worker(name)
        for name in _WORKERS:
            self._wait_for_worker(name)

    @property
    def beam(self) -> BeamSettings:
        """Settings of a run on this cluster."""
        return BeamSettings(runner="DaskRunner", options={"dask_client_address": self._address})

    @property
    def workers(self) -> dict[str, int]:
        """Process ids of the workers by name."""
        return {name: self._processes.pid(name) for name in _WORKERS}

    def lose_worker(self, name: str) -> None:
        """Kill a worker, as a machine is lost."""
        self._processes.kill(name)

    def replace_worker(self, name: str) -> None:
        """Start a worker again and wait until it is there."""
        self._start_worker(name)
        self._wait_for_worker(name)

    def close(self) -> None:
        """Stop what was started."""
        self._processes.close()

    def _start_worker(self, name: str) -> None:
        one = ("--name", name, "--nworkers", "1", "--nthreads", "1", "--no-nanny")
        self._dask(name, "dask_worker", self._address, *_LOCAL, *one, "--local-directory", ".")

    def _wait_for_worker(self, name: str) -> None:
        log, address = self._folder / f"{name}.log", f"pid {self._processes.pid(name)}"

        def is_registered() -> bool:
            return "Registered to" in log.read_text("utf-8", "replace")

        self._processes.wait_until(f"{name} is there ({address})", is_registered, name)

    @property
    def _address(self) -> str:
        return f"tcp://127.0.0.1:{self._port}"

    def _dask(self, name: str, module: str, *words: str) -> None:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *words]
        self._processes.start(name, command)


@contextmanager
def dask_cluster(folder: Path) -> Iterator[DaskCluster]:
    """Run a cluster, its logs in a folder, for as long as the block runs."""
    cluster = DaskCluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.close()
