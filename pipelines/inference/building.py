"""Model folders that are built on the spot: each once, by one process at a time, whole or not there."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def built(folder: Path, save: Callable[[Path], None]) -> Path:
    """Find a model's folder, building it where it is not there yet.

    Safe against other processes that build in the same place, which wait, and against being killed: what is left
    of that is removed by the next one that builds.

    Args:
        folder: Where it lies; named by all that determines what is in it.
        save: Writes the model's files into the folder that it is given.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone_in(folder.parent):
        draft = folder.with_name(f".{folder.name}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        if folder.is_dir():  # another process built it meanwhile
            return folder
        draft.mkdir()
        try:
            save(draft)
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return folder


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait for other processes that build in a folder, and keep them out; the lock ends with the process."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
