"""A small job that tells which processes did its work."""

import os
import time
from pathlib import Path

from winnow.pipelines.beam import BeamSettings, for_each

N = 12
_MOST_S = 60.0


def processes_of_a_job(out: Path, beam: BeamSettings) -> dict[int, list[int]]:
    """Run a job of twelve elements and return, by process, which of them it did.

    Nobody ends an element before two processes have begun one: so no process can do all before another is there.
    """
    begun, done = out / "begun", out / "done"
    begun.mkdir(parents=True)
    done.mkdir()

    def work(number: int) -> None:
        (begun / str(os.getpid())).touch()
        deadline = time.monotonic() + _MOST_S
        while len(list(begun.iterdir())) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        (done / f"{number}-{os.getpid()}").touch()

    for_each(work, range(N), beam)
    did: dict[int, list[int]] = {}
    for path in done.iterdir():
        number, pid = map(int, path.name.split("-"))
        did.setdefault(pid, []).append(number)
    return did
