"""A Flink cluster of two task managers on this machine, with Beam's job server and a pool of workers."""

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.cluster.processes import Processes, free_port, listens
from winnow.pipelines.beam import BeamSettings

ROOT = Path(__file__).parents[2]
FLINK = ROOT / ".venv-flink"
"""Where `make cluster-test` puts the jars of Flink and of the job server."""

_OPENS = "lang net io nio lang.reflect text time util util.concurrent util.concurrent.atomic util.concurrent.locks"
_SMALL = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx384m")
_MEMORY = {
    "flink.size": "544m",
    "task.heap.size": "192m",
    "task.off-heap.size": "32m",
    "managed.size": "64m",
    "network.min": "64m",
    "network.max": "64m",
    "framework.heap.size": "128m",
    "framework.off-heap.size": "64m",
    "jvm-metaspace.size": "256m",
    "jvm-overhead.min": "64m",
    "jvm-overhead.max": "64m",
}
_TASK_MANAGERS = ("tm1", "tm2")


def why_not() -> str | None:
    """Say what keeps a cluster from starting here, None where nothing does."""
    if shutil.which("java") is None:
        return "no java on the path"
    if not any((FLINK / "flink/pyflink/lib").glob("flink-dist-*.jar")):
        return "Flink is not there; `make cluster-test` fetches it where mvn is"
    if not any((FLINK / "job-server").glob("beam-runners-flink-*.jar")):
        return "Beam's job server is not there; `make cluster-test` fetches it where mvn is"
    return None


class FlinkCluster:
    """A job manager, two task managers of one slot each, a job server and a pool of workers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes = Processes(folder, {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"})
        self._rpc, self._rest = free_port(), free_port()
        self._job_server, self._pool = free_port(), free_port()

    def start(self) -> None:
        """Start all of it and wait until both slots are there."""
        self._flink("jobmanager", "runtime.entrypoint.StandaloneSessionClusterEntrypoint")
        for name in _TASK_MANAGERS:
            self.start_task_manager(name)
        self._java(
            "jobserver",
            FLINK / "job-server",
            "org.apache.beam.runners.flink.FlinkJobServerDriver",
            f"--flink-master=127.0.0.1:{self._rest}",
            "--job-host=127.0.0.1",
            f"--job-port={self._job_server}",
            f"--artifact-port={free_port()}",
            "--expansion-port=0",
            f"--artifacts-dir={self._folder / 'artifacts'}",
        )
        self._processes.start(
            "pool",
            [
                sys.executable,
                "-m",
                "winnow.pipelines.worker_pool",
                f"--listen=127.0.0.1:{self._pool}",
            ],
        )
        self.wait_for_slots()
        ports = (self._job_server, self._pool)
        self._processes.wait_until(
            "job server and pool listen", lambda: all(map(listens, ports)), "jobserver", "pool"
        )

    @property
    def beam(self) -> BeamSettings:
        """Settings of a run on this cluster."""
        options: dict[str, Any] = {
            "job_endpoint": f"127.0.0.1:{self._job_server}",
            "environment_config": f"127.0.0.1:{self._pool}",
            "parallelism": len(_TASK_MANAGERS),
        }
        return BeamSettings(runner="FlinkRunner", options=options)

    def start_task_manager(self, name: str) -> None:
        """Start a task manager of one slot."""
        own = {
            "taskmanager.host": "127.0.0.1",
            "taskmanager.bind-host": "127.0.0.1",
            "taskmanager.resource-id": name,
            "taskmanager.cpu.cores": "1.0",
            "io.tmp.dirs": str(self._folder),
            **{f"taskmanager.memory.{key}": size for key, size in _MEMORY.items()},
        }
        self._flink(name, "runtime.taskexecutor.TaskManagerRunner", own)

    def pid(self, name: str) -> int:
        """Return the process id of a task manager."""
        return self._processes.pid(name)

    def lose_task_manager(self, name: str) -> None:
        """Kill a task manager, as a machine is lost, and start another in its place."""
        self._processes.kill(name)
        self.start_task_manager(name)

    def wait_for_slots(self) -> None:
        """Wait until the job manager knows a slot of each task manager."""
        self._processes.wait_until(
            "all slots are there", lambda: self.overview().get("slots-total") == 2, "jobmanager"
        )

    def overview(self) -> dict[str, Any]:
        """Ask the job manager how it is; nothing where it does not answer yet."""
        return self._rest_api("overview")

    def close(self) -> None:
        """Stop what was started."""
        self._processes.close()

    def _flink(self, name: str, main: str, own: dict[str, str] | None = None) -> None:
        addresses = {
            "jobmanager.rpc.address": "127.0.0.1",
            "jobmanager.bind-host": "127.0.0.1",
            "jobmanager.rpc.port": str(self._rpc),
            "rest.address": "127.0.0.1",
            "rest.bind-address": "127.0.0.1",
            "rest.port": str(self._rest),
            "blob.storage.directory": str(self._folder),
        }
        words = [w for k, v in {**addresses, **(own or {})}.items() for w in ("-D", f"{k}={v}")]
        jars, main = FLINK / "flink/pyflink/lib", f"org.apache.flink.{main}"
        self._java(name, jars, main, "--configDir", str(ROOT / "deploy/flink"), *words)

    def _java(self, name: str, jars: Path, main: str, *words: str) -> None:
        opens = [f"--add-opens=java.base/java.{p}=ALL-UNNAMED" for p in _OPENS.split()]
        opens.append("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED")
        command = ["java", *_SMALL, *opens, "-cp", f"{jars}/*", main, *words]
        self._processes.start(name, command)

    def _rest_api(self, path: str) -> dict[str, Any]:
        try:
            with urlopen(f"http://127.0.0.1:{self._rest}/{path}", timeout=5) as reply:
                answer: dict[str, Any] = json.load(reply)
                return answer
        except OSError:
            return {}


@contextmanager
def flink_cluster(folder: Path) -> Iterator[FlinkCluster]:
    """Run a cluster, its logs in a folder, for as long as the block runs."""
    cluster = FlinkCluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.close()
