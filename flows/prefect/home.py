"""Prefect's folder: who may start a server on it, and the logs of the servers that runs started."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from winnow.schemas.errors import InvalidSettings

_LOGS = "winnow-logs"
_N_LOGS = 20
_N_LINES = 3
_LONGEST_LINE = 200
_N_BYTES = 64 * 1024


@contextmanager
def only_starter(home: Path, version: str) -> Iterator[None]:
    """Keep other processes of this machine from starting a server on the folder, unless its database is made.

    The first server of a version makes the database or brings it up to date, and two at once would spoil each other's
    work. Those who come meanwhile wait; once a server of the version has started, nobody has to.

    Args:
        home: The folder.
        version: Of Prefect.

    Raises:
        InvalidSettings: The folder cannot be written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "winnow-server.lock").open("a+")
    except OSError as error:
        raise _not_writable(home, error) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        if lock.read() == version and (home / "prefect.db").exists():
            fcntl.flock(lock, fcntl.LOCK_UN)
            yield
            return
        yield
        lock.truncate(0)
        lock.write(version)


def new_log(home: Path) -> Path:
    """Make the log of one server, and remove the oldest where there are many.

    Raises:
        InvalidSettings: The folder cannot be written.
    """
    folder = home / _LOGS
    log = folder / f"server-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    try:
        folder.mkdir(exist_ok=True)
        log.touch()
        for old in sorted(folder.glob("server-*.log"))[:-_N_LOGS]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise _not_writable(home, error) from None
    return log


def last_lines(log: Path) -> str:
    """Read what a log says last, as one line; empty where it says nothing."""
    with log.open("rb") as file:
        file.seek(max(file.seek(0, os.SEEK_END) - _N_BYTES, 0))
        text = file.read().decode("utf-8", "replace")
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    return " / ".join(line[:_LONGEST_LINE] for line in lines[-_N_LINES:])


def _not_writable(home: Path, error: OSError) -> InvalidSettings:
    variable = "PREFECT_HOME" if os.environ.get("PREFECT_HOME") else "HOME"
    value = os.environ.get(variable)
    place = f"{variable} is {value}" if value else f"{variable} is not set"
    return InvalidSettings(
        f"{place}, and Prefect's folder {home} cannot be written ({error.strerror}); "
        "set PREFECT_HOME to a folder that you may write to",
        path=str(home),
    )
