"""What a command and its children take while it runs, stage by stage: seconds, processors, memory at once."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

EVERY_S = 0.05
_TICKS, _PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
_UTIME, _STIME, _CUTIME, _CSTIME = 11, 12, 13, 14
"""Places in /proc/PID/stat, counted from the state that follows the name."""


class Taken(NamedTuple):
    """What one stage took."""

    seconds: float
    busy: float
    """Seconds of all processors, of the command and its children."""

    mib: float
    """The most memory that they held at once: the sum of what is resident of each, pages that they share counted twice."""


def watch(
    command: Sequence[str], stage: Callable[[], str], **options: object
) -> Iterator[tuple[str, Taken]]:
    """Run a command, and look at it and its children every twentieth of a second.

    Args:
        command: What to run.
        stage: Says in which stage it is.
        **options: Of `subprocess.Popen`.

    Yields:
        Each stage as it ends, and what it took.

    Raises:
        subprocess.CalledProcessError: The command failed.
    """
    process = subprocess.Popen(command, **options)  # type: ignore[call-overload]
    name, taken, busy, now = "", Taken(0.0, 0.0, 0.0), 0.0, time.perf_counter()
    while process.poll() is None:
        time.sleep(EVERY_S)
        before, now = now, time.perf_counter()
        usages = [_usage(pid) for pid in _family(process.pid)]
        # A child that has just ended is in nobody's sum for a moment.
        more, mib = max(sum(u[0] for u in usages) - busy, 0.0), sum(u[1] for u in usages)
        busy += more
        last, name = name, stage()
        if last and name != last:
            yield last, taken
            taken = Taken(0.0, 0.0, 0.0)
        taken = Taken(taken.seconds + now - before, taken.busy + more, max(taken.mib, mib))
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    yield name, taken


def _family(pid: int) -> Iterator[int]:
    """Yield a process and all that it started, directly or not."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _fields(int(folder.name))):
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    waiting = [pid]
    while waiting:
        yield (one := waiting.pop())
        waiting += children.get(one, [])


def _usage(pid: int) -> tuple[float, float]:
    """Return seconds of processors, with those of children that ended, and MiB that are resident."""
    fields = _fields(pid)
    if not fields:
        return 0.0, 0.0
    ticks = sum(int(fields[place]) for place in (_UTIME, _STIME, _CUTIME, _CSTIME))
    return ticks / _TICKS, int(fields[21]) * _PAGE / 2**20


def _fields(pid: int) -> list[str]:
    """Read /proc/PID/stat from the state on; nothing of a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
