"""Processes that outlive the command that started them, found again by a mark in their environment.

No file of process ids can go stale: what runs is what the kernel says, whoever was killed in between.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_MARK = "WINNOW_ARGILLA_PART"
_KILL_AFTER_S = 15.0


@dataclass(frozen=True)
class Process:
    """A process we started; a pid alone may be somebody else's by the time it is used."""

    pid: int
    started: int
    """Clock ticks between boot and the start of the process."""

    command: tuple[str, ...]

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs."""
        return _started(self.pid) == self.started


def start(
    home: Path, part: str, command: Sequence[str], environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start one part in a session of its own; all it writes is private, and the log before this one is kept."""
    log = log_of(home, part)
    log.parent.mkdir(mode=0o700, exist_ok=True)
    if log.exists():
        log.replace(log.with_suffix(".last.log"))
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as said:
        return subprocess.Popen(
            command,
            cwd=home,
            env={**environment, _MARK: _mark(home, part)},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
        )


def log_of(home: Path, part: str) -> Path:
    """Return the file a part logs to."""
    return home / "logs" / f"{part}.log"


def find(home: Path, part: str) -> Process | None:
    """Return the part that runs for `home`, whoever started it; None where it does not run."""
    return next((process for process in _marked(home, part) if _leads(process.pid)), None)


def run(
    home: Path, part: str, command: Sequence[str], environment: Mapping[str, str], told: str
) -> subprocess.CompletedProcess[str]:
    """Run a part to its end and give what it said; where this process is killed, `stop` finds it.

    Args:
        home: Folder of the server.
        part: Name of the part.
        command: What to run.
        environment: Its environment.
        told: What it reads on its standard input.
    """
    return subprocess.run(
        command,
        input=told,
        cwd=home,
        env={**environment, _MARK: _mark(home, part)},
        capture_output=True,
        text=True,
        umask=0o077,
    )


def stop(home: Path, part: str, *, kill_after_s: float = _KILL_AFTER_S) -> bool:
    """End a part and what it forked: politely, then by force.

    Returns:
        Whether there was anything to end.
    """
    found = list(_marked(home, part))
    for sign, patience_s in ((signal.SIGTERM, kill_after_s), (signal.SIGKILL, 5.0)):
        for process in _marked(home, part):
            _signal(process, sign)
        end = time.monotonic() + patience_s
        while any(process.is_alive for process in found) and time.monotonic() < end:
            time.sleep(0.05)
    return bool(found)


def _mark(home: Path, part: str) -> str:
    return f"{part}:{home.resolve()}"


def _marked(home: Path, part: str) -> Iterator[Process]:
    wanted = f"{_MARK}={_mark(home, part)}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and wanted in _read(entry / "environ").split(b"\0"):
            command = tuple(os.fsdecode(_read(entry / "cmdline")).split("\0")[:-1])
            if started := _started(int(entry.name)):
                yield Process(int(entry.name), started, command)


def _started(pid: int) -> int | None:
    """Return the start time of a process; None where there is none, or only its corpse."""
    stat = _read(Path(f"/proc/{pid}/stat")).rpartition(b")")[2].split()
    return None if not stat or stat[0] in (b"Z", b"X") else int(stat[19])


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # ended meanwhile, or another user's


def _leads(pid: int) -> bool:
    try:
        return os.getsid(pid) == pid
    except ProcessLookupError:
        return False


def _signal(process: Process, sign: signal.Signals) -> None:
    try:
        if process.is_alive:
            os.kill(process.pid, sign)
    except ProcessLookupError:
        return  # it ended between the look and the signal
