"""Workers of a job that are processes of this machine, killed for good."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.cluster.content_server import content_server
from tests.pipelines.inference.asking import ask
from winnow.pipelines.asking.answer import answer
from winnow.pipelines.asking.shards import RequestFolder, request_rows
from winnow.pipelines.beam import BeamSettings, for_each
from winnow.pipelines.inference.models import OpenAIModel, identify
from winnow.pipelines.inference.notices import Notice
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.local_workers import end_spare_workers, start_spare_workers
from winnow.schemas.errors import WorkerLost

pytestmark = pytest.mark.timeout(180)

BEAM = BeamSettings(options={"direct_num_workers": 2, "direct_running_mode": "multi_processing"})
ROOT = Path(__file__).parents[2]
CONCURRENCY = 4


def die_at_the_third(out: Path, number: int) -> None:
    (out / str(os.getpid())).touch()
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)


def stand_still(out: Path, number: int) -> None:
    (out / str(os.getpid())).touch()
    while True:
        time.sleep(0.1)


def note_ctrl_c(out: Path, number: int) -> None:
    (out / str(number)).write_text(str(signal.getsignal(signal.SIGINT)))


def test_workers_leave_ctrl_c_to_the_process_of_their_job(tmp_path: Path) -> None:
    for_each(partial(note_ctrl_c, tmp_path), range(2), BEAM)
    assert {path.read_text() for path in tmp_path.iterdir()} == {str(signal.SIG_IGN)}


def note_process(out: Path, number: int) -> None:
    (out / str(os.getpid())).touch()
    time.sleep(0.2)  # long enough for the other worker to take one


def load_much(out: Path, number: int) -> None:
    sys.modules.setdefault("torch", sys)
    note_process(out, number)


def processes(out: Path, work: Callable[[Path, int], None] = note_process) -> set[int]:
    out.mkdir()
    for_each(partial(work, out), range(4), BEAM)
    return {int(path.name) for path in out.iterdir()}


def test_workers_serve_one_job_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_spare_workers()
    first = processes(tmp_path / "first")
    assert len(first) == 2
    assert processes(tmp_path / "second") == first
    monkeypatch.setenv("WINNOW_TRIED", "elsewhere")
    others = processes(tmp_path / "started otherwise")
    assert not others & first and not any(psutil.pid_exists(pid) for pid in first)
    end_spare_workers()
    assert not any(psutil.pid_exists(pid) for pid in others)


def read_input(out: Path, number: int) -> None:
    (out / str(number)).write_text(repr(sys.stdin.readline()))


def test_what_a_job_starts_reads_nothing_of_what_workers_are_told(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        for_each(partial(read_input, tmp_path / name), range(2), BEAM)
    assert {path.read_text() for path in tmp_path.glob("*/*")} == {"''"}


def test_no_more_workers_are_kept_than_are_wanted(tmp_path: Path) -> None:
    start_spare_workers(1)
    served = processes(tmp_path / "served")
    assert sum(psutil.pid_exists(pid) for pid in served) == 1
    start_spare_workers(2)
    end_spare_workers()


def test_a_worker_that_holds_an_engine_ends_with_its_job(tmp_path: Path) -> None:
    loaded = processes(tmp_path / "loaded", load_much)
    assert not any(psutil.pid_exists(pid) for pid in loaded)
    assert not processes(tmp_path / "after") & loaded


def test_a_job_that_loses_a_worker_says_so_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(WorkerLost) as caught:
        for_each(partial(die_at_the_third, tmp_path), range(6), BEAM)
    text = str(caught.value)
    assert text.startswith("a Beam worker of this machine was lost: process ")
    assert "was killed by signal 9; look whether memory ran out, then give" in text
    assert "\n" not in text
    assert not any(psutil.pid_exists(int(path.name)) for path in tmp_path.iterdir())


def die_once(out: Path, number: int) -> None:
    if number == 3 and not (out / "died").exists():
        (out / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    (out / str(number)).touch()


def test_work_that_is_shared_out_goes_on_where_a_worker_dies_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for_each(partial(die_once, tmp_path), range(6), BEAM)
    assert {path.name for path in tmp_path.iterdir()} == {"died", *"012345"}
    (told,) = [one.getMessage() for one in caplog.records if one.name == for_each.__module__]
    assert told.startswith("a Beam worker of this machine was lost: process ")
    assert told.endswith("; the work that it shared is begun again")


def test_workers_end_with_the_process_of_their_job(tmp_path: Path) -> None:
    job = f"""
from functools import partial; from pathlib import Path
from tests.pipelines.test_local_workers import BEAM, for_each, stand_still
for_each(partial(stand_still, Path({str(tmp_path)!r})), range(6), BEAM)
"""
    running = subprocess.Popen([sys.executable, "-c", job], cwd=ROOT)
    while len(workers := [int(path.name) for path in tmp_path.iterdir()]) < 2:
        assert running.poll() is None
        time.sleep(0.05)
    running.kill()
    running.wait()
    while any(psutil.pid_exists(pid) for pid in workers):
        time.sleep(0.05)


def test_requests_of_a_worker_that_dies_are_asked_by_the_next_job(tmp_path: Path) -> None:
    folder, store = RequestFolder(tmp_path / "asking"), CompletionStore(tmp_path / "store")
    told: list[Notice] = []
    with content_server() as server:
        server.n_processes = 2

        def kill_one() -> None:
            psutil.Process(next(iter(server.by_process["sample"]))).kill()

        server.at(20, kill_one)
        settings = OpenAIModel(model="m", urls=(server.url,), max_concurrency=CONCURRENCY)
        model = identify(settings, tmp_path, name="far")
        folder.write([request_rows([ask(model, f"q{i}") for i in range(80)])])
        answered = answer(
            folder,
            model=model,
            store=store,
            beam=BEAM,
            progress=lambda _: None,
            on_notices=lambda now: told.extend(now.values()),
        )
        assert answered.counts.use.n_requests == len(server.asked) == 80
        assert 0 <= server.n_twice <= 2 * CONCURRENCY
    (lost,) = {notice.text for notice in told if notice.what == "lost"}
    assert lost.endswith("look whether memory ran out; the run goes on")
