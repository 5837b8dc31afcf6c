"""Processors: how many this process may use."""

import os
from pathlib import Path

_ALLOWED = Path("/sys/fs/cgroup/cpu.max")
"""Microseconds of processors that a container may use in a period, and the period; Linux alone has it."""


def n_processors() -> int:
    """Count the processors that this process may use at once, at least 1."""
    has_own = hasattr(os, "sched_getaffinity")  # macOS gives a process none of its own
    n = len(os.sched_getaffinity(0)) if has_own else os.cpu_count() or 1
    try:
        quota, period = _ALLOWED.read_text().split()
    except OSError:
        return n
    return n if quota == "max" else max(1, min(n, int(quota) // int(period)))
