import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHATTER = """
import os, socket, sys
from winnow.pipelines.worker_prints import ProcessName, spare_pipe, this_process
spare_pipe(ProcessName("head", 1) if sys.argv[1] == "worker" else this_process())
os.write(1, b"x" * {n})
os.write(2, b"done")
"""


def test_what_a_worker_prints_never_fills_the_pipe_that_nobody_reads(tmp_path: Path) -> None:
    with (tmp_path / "errors").open("w") as errors:
        command = [sys.executable, "-c", CHATTER.format(n=1 << 20), "worker"]
        worker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors)
        try:
            assert worker.wait(60) == 0  # nobody reads its pipe
        finally:
            worker.kill()
        assert worker.stdout is not None and worker.stdout.read() == b""
    assert (tmp_path / "errors").read_text() == "x" * (1 << 20) + "done"


def test_what_the_driver_prints_goes_where_it_is_read() -> None:
    command = [sys.executable, "-c", CHATTER.format(n=9), "driver"]
    driver = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=True)
    assert (driver.stdout, driver.stderr) == (b"x" * 9, b"done")
