import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import apache_beam as beam
import pytest

from winnow.pipelines.beam import BeamSettings, run_pipeline

ROOT = Path(__file__).parents[2]
MORE_THAN_A_PIPE_HOLDS = 1 << 20


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[str]:
    """Address of a pool of workers, started as docs/cluster.md says; its log is in `tmp_path`."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-m", "winnow.pipelines.worker_pool", "--listen", address]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (tmp_path / "pool.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    while "listens at" not in (tmp_path / "pool.log").read_text():
        assert process.poll() is None, (tmp_path / "pool.log").read_text()
        time.sleep(0.1)
    yield address
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert "Traceback" not in (tmp_path / "pool.log").read_text()


def test_jobs_run_in_workers_of_the_pool_however_much_these_print(
    pool: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()

    def chatter(number: int) -> None:
        os.write(1, b"." * MORE_THAN_A_PIPE_HOLDS)
        (out / f"{number}-{os.getpid()}").touch()

    options = {"job_endpoint": "embed", "environment_type": "EXTERNAL", "environment_config": pool}
    run_pipeline(
        lambda p: p | beam.Create([1, 2, 3]) | beam.Reshuffle() | beam.Map(chatter),  # type: ignore[arg-type]
        BeamSettings(runner="PortableRunner", options=options),
    )
    done = [path.name.split("-") for path in out.iterdir()]
    assert sorted(number for number, _ in done) == ["1", "2", "3"]
    assert str(os.getpid()) not in {pid for _, pid in done}
    assert (tmp_path / "pool.log").read_text().count(".") > 3 * MORE_THAN_A_PIPE_HOLDS


def test_a_pool_is_reached_only_where_it_was_told_to_listen(pool: str) -> None:
    port = int(pool.rpartition(":")[2])
    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", port), timeout=5).close()
