"""A small job that tells which processes did its work."""

import os
import time
from pathlib import Path

from winnow.pipelines.beam import BeamSettings, for_each

N = 12


def processes_of_a_job(out: Path, beam: BeamSettings) -> dict[int, list[int]]:
    """Run a job of twelve elements and return, by process, which of them it did."""
    out.mkdir()

    def work(number: int) -> None:
        time.sleep(0.2)  # so that nobody can be done before others have begun
        (out / f"{number}-{os.getpid()}").touch()

    for_each(work, range(N), beam)
    did: dict[int, list[int]] = {}
    for path in out.iterdir():
        number, pid = map(int, path.name.split("-"))
        did.setdefault(pid, []).append(number)
    return did
