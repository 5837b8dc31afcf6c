"""What engines print in a worker of a cluster."""

import os
import socket
import stat
import sys
from typing import NamedTuple


class ProcessName(NamedTuple):
    """A process of some machine."""

    host: str
    """Name of the machine."""

    pid: int
    """Number of the process there."""


def this_process() -> ProcessName:
    """Name the process that asks."""
    return ProcessName(socket.gethostname(), os.getpid())


def spare_pipe(driver: ProcessName) -> None:
    """Have what a worker prints go where its errors go, where it would go into a pipe.

    Beam's own pool gives its workers a pipe that it never reads: an engine that prints more than it holds stands still for ever.

    Args:
        driver: The process that built the job; what this one prints is for people and stays as it is.
    """
    if this_process() == driver or not stat.S_ISFIFO(os.fstat(1).st_mode):
        return
    sys.stdout.flush()
    os.dup2(2, 1)
