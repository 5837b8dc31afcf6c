import fcntl
import json
import subprocess
import sys
import threading
from pathlib import Path
from uuid import uuid4

import pytest

from winnow.flows.curation.state import RunFolder, unfinished_runs
from winnow.schemas.errors import TransientError
from winnow.warehouse.places import leases
from winnow.warehouse.places.at import place_at
from winnow.warehouse.settings import S3Settings

HOLD = """
import sys, time
from pathlib import Path
from winnow.flows.curation.state import RunFolder
with RunFolder(Path(sys.argv[1]), "r1").hold("toy") as folder:
    folder.update("sample", 3, 9)
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_run_is_held_by_one_process_and_freed_when_that_is_killed(tmp_path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None and other.stdout.readline() == "held\n"
    try:
        wanted = f"run r1 is being worked on by process {other.pid}; wait for it"
        with pytest.raises(TransientError, match=wanted), RunFolder(tmp_path, "r1").hold("toy"):
            pass
        (running,) = unfinished_runs(tmp_path)
        assert (running.is_running, running.stage, running.n_done) == (True, "sample", 3)
    finally:
        other.kill()
        other.wait()
    (dead,) = unfinished_runs(tmp_path)
    assert not dead.is_running
    with RunFolder(tmp_path, "r1").hold("toy") as folder:
        again = folder.state()
        assert again is not None and again.n_starts == 2
        assert again.started_at == dead.started_at


def test_a_folder_without_a_state_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "stray").mkdir()
    assert unfinished_runs(tmp_path) == []


def test_the_times_of_all_tries_add_up_and_what_lies_between_them_does_not_count(
    tmp_path: Path,
) -> None:
    now = [0.0]
    for _ in range(2):
        folder = RunFolder(tmp_path, "r1", clock=lambda: now[0])
        with folder.hold("toy"):
            now[0] += 1
            folder.update("sample")
            now[0] += 10
            folder.update("label", 3, 9, asking="judge 1 of 2: pairwise@1 asks tiny")
            now[0] += 100
        now[0] += 5_000  # nobody works on it
    state = RunFolder(tmp_path, "r1").state()
    assert state is not None
    assert (state.n_starts, state.asking) == (2, "judge 1 of 2: pairwise@1 asks tiny")
    assert state.seconds == {"start": 2, "sample": 20, "label": 200}
    assert state.worked_s == 222


def test_a_state_of_an_older_winnow_counts_from_now_on(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "r1")
    with folder.hold("toy"):
        pass
    file = tmp_path / "r1" / "state.json"
    old = json.loads(file.read_text())
    del old["seconds"], old["asking"]
    file.write_text(json.dumps(old))
    state = folder.state()
    assert state is not None and state.worked_s == 0.0


def test_a_look_at_a_run_keeps_nobody_from_starting_it(tmp_path: Path) -> None:
    (tmp_path / "abc").mkdir()
    with (tmp_path / "abc" / "lock").open("a+") as looked_at:
        fcntl.flock(looked_at, fcntl.LOCK_EX)
        threading.Timer(0.1, fcntl.flock, (looked_at, fcntl.LOCK_UN)).start()
        with RunFolder(tmp_path, "abc").hold("toy") as held:
            state = held.state()
    assert state is not None and state.is_running


def test_a_run_that_is_over_leaves_no_empty_folder(tmp_path: Path) -> None:
    for run_id in ("r1", "r2"):
        with RunFolder(tmp_path, run_id).hold("toy"):
            pass
    (tmp_path / "r2" / "rows.parquet").touch()
    for run_id in ("r1", "r2"):
        RunFolder(tmp_path, run_id).clear()
    assert [path.name for path in tmp_path.iterdir()] == ["r2"]


@pytest.mark.server
def test_a_beat_that_comes_after_the_end_changes_nothing(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "a" * 64)
    with folder.hold("birds"):
        folder.clear()
        folder.beat()
        assert folder.state() is None
        with pytest.raises(ValueError, match="before hold"):
            folder.update("label")
    assert list(tmp_path.iterdir()) == []


def test_a_process_whose_run_another_has_taken_over_goes_on_no_further(
    s3: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "_RENEWALS", 3000)
    place = place_at(f"s3://winnow/{uuid4().hex}", s3)
    other = leases.LeaseHolder(owner="b", machine="elsewhere", pid=12, host="barn")

    def work() -> None:
        with RunFolder(place, "r1").hold("toy") as folder:
            folder.update("sample")
            place.within("r1").write("lock", lambda f: f.write(other.model_dump_json().encode()))
            while True:
                folder.update("label")

    with pytest.raises(TransientError, match="run r1 is being worked on by process 12 on barn"):
        work()
