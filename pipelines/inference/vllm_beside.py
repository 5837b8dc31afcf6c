"""What vLLM loads in the process of its core, where that is one beside ours: it ends when ours does, however that ends.

vLLM's core waits for requests for ever; left behind by a process that was killed, it would keep the GPU's memory.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_OF_PROCESS = "WINNOW_ENGINE_OF_PROCESS"
_EVERY_S = 1.0

WATCHED = f"{__name__}.Watched"
"""Name of the class that vLLM is to load."""


class Watched:
    """Extends vLLM's worker by nothing: that this file is imported begins the watch."""


@contextmanager
def watched() -> Iterator[None]:
    """Have processes that are started within, and load `WATCHED`, end with this one."""
    os.environ[_OF_PROCESS] = str(os.getpid())
    try:
        yield
    finally:
        del os.environ[_OF_PROCESS]


def _watch(pid: int) -> None:
    is_parent = os.getppid() == pid  # else one of several workers of the core
    while os.getppid() == pid if is_parent else _is_there(pid):
        time.sleep(_EVERY_S)
    os._exit(1)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


_pid = int(os.environ.get(_OF_PROCESS, os.getpid()))
if _pid != os.getpid():
    threading.Thread(target=_watch, args=(_pid,), daemon=True, name="watch").start()
