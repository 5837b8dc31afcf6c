import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from winnow.pipelines.inference.building import built

KILLED_HALFWAY = """
import os, signal, sys
from pathlib import Path
from winnow.pipelines.inference.building import built

def save(folder):
    (folder / "config.json").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)

built(Path(sys.argv[1]), save)
"""

BUILT_BESIDE_OTHERS = """
import sys
from pathlib import Path
from winnow.pipelines.inference.building import built

def save(folder):
    (folder / "config.json").write_text("whole")
    with (Path(sys.argv[1]).parent / "builders").open("a") as builders:
        builders.write("one ")

built(Path(sys.argv[1]), save)
"""


def start(script: str, folder: Path) -> "subprocess.Popen[bytes]":
    paths = os.pathsep.join([str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.Popen([sys.executable, "-c", script, str(folder)], env=environment)


def save_whole(folder: Path) -> None:
    (folder / "config.json").write_text("whole")


def test_a_killed_builder_leaves_no_model_and_the_next_one_removes_what_it_left(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "models" / "small-1a2b"
    assert start(KILLED_HALFWAY, folder).wait() == -signal.SIGKILL
    assert not folder.exists()
    assert (built(folder, save_whole) / "config.json").read_text() == "whole"
    assert list(folder.parent.iterdir()) == [folder]


def test_of_several_processes_one_builds_and_the_others_wait(tmp_path: Path) -> None:
    folder = tmp_path / "small-1a2b"
    assert [p.wait() for p in [start(BUILT_BESIDE_OTHERS, folder) for _ in range(4)]] == [0] * 4
    assert (tmp_path / "builders").read_text() == "one "


def test_what_fails_to_be_built_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "config.json").write_text("half")
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        built(tmp_path / "small-1a2b", fail)
    assert list(tmp_path.iterdir()) == []
