import os
import signal
import subprocess
import sys
import time
from pathlib import Path

STARTS_ONE = """
import multiprocessing, os, time
from winnow.pipelines.inference.vllm_beside import WATCHED, watched

def core():
    __import__(WATCHED.rpartition(".")[0])
    print(os.getpid(), flush=True)
    time.sleep(3600)

if __name__ == "__main__":
    with watched():
        multiprocessing.get_context("spawn").Process(target=core).start()
    time.sleep(3600)
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_process_beside_ours_ends_when_ours_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "starts_one.py"  # the process beside imports it
    script.write_text(STARTS_ONE, encoding="utf-8")
    ours = subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert ours.stdout
    beside = int(ours.stdout.readline())
    assert is_running(beside)
    ours.send_signal(signal.SIGKILL)
    ours.wait()
    while is_running(beside):  # it ends by itself, else the test's own limit ends this
        time.sleep(0.05)
