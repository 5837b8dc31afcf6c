"""One command at a time, by a lock that the kernel drops when its holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from winnow.schemas.errors import TransientError


@contextmanager
def held(path: Path, *, patience_s: float) -> Iterator[int]:
    """Hold the lock at `path` for the block; gives its descriptor: who inherits that holds the lock too, until it ends.

    Raises:
        TransientError: Another process holds it longer than `patience_s`.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(descriptor, path, patience_s)
        yield descriptor
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, patience_s: float) -> None:
    end = time.monotonic() + patience_s
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise TransientError(
                    f"another command is starting or stopping Argilla (it holds {path}); wait for it to end",
                    lock=str(path),
                ) from None
            time.sleep(0.1)
