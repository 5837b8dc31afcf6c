"""Runs one program that nobody trusts, within limits, and says how it ended."""

import json
import os
import re
import resource
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import IO, Any, Literal, NamedTuple

from winnow.annotation.sandbox.syscalls import syscall_filter
from winnow.schemas.errors import CurationError

Isolation = Literal["full", "weak"]

EndReason = Literal["exited", "timeout", "memory", "output", "killed", "sandbox_error"]

FOLDER = "/tmp"
"""Where a fully isolated program begins: the one folder in which it may write, with the files it was given."""

_LAUNCHER = Path(__file__).with_name("launcher.py")
_MB = 1 << 20
_LOOK_EVERY_S = 0.05
_START_WITHIN_S = 120.0
_END_WITHIN_S = 10.0
_PIPE_BYTES = 1 << 16
_HELD = re.compile(r"^Rss(?:Anon|Shmem):\s*(\d+) kB", re.MULTILINE)
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Libraries that else start a thread a processor, which soon is more than a program gets."""
_OLDEST_LINUX = (5, 14)  # from there on, processes are counted by room and not by user


class SandboxUnavailable(CurationError):
    """This machine gives no namespaces to a program, or runs none at all, so that none that nobody trusts is run on it."""


class Limits(NamedTuple):
    """What a program may use before it is ended."""

    wall_s: float = 20.0
    """Seconds by the clock, from its start."""

    cpu_s: int = 10
    """Seconds of processor time, of each of its processes."""

    memory_mb: int = 512
    """Address space of each process, and what all hold together, in MiB."""

    folder_mb: int = 16
    """All files that it writes, in MiB; the longest file as well."""

    processes: int = 32
    """Processes and threads at once."""

    open_files: int = 64
    """Open files of each process."""

    output_mb: float = 1.0
    """Longest standard output, and longest error output, in MiB; more of it is never held."""


class Ended(NamedTuple):
    """How a program ended."""

    reason: EndReason
    """"exited" by itself, whatever its status; ended at a limit; "killed" by a signal that was not the sandbox's, such as of a
    crash; "sandbox_error" where it never ran, which says nothing of it."""

    status: int | None
    """Its exit status, below 0 a signal; None where it did not come to one."""

    said: str
    """In words."""

    stdout: bytes
    """What it wrote, up to the limit."""

    stderr: bytes
    """The same of its error output."""

    channel: bytes
    """What came over the channel; empty where it had none."""


def run(
    command: Sequence[str],
    *,
    files: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    limits: Limits = Limits(),  # noqa: B008
    isolation: Isolation = "full",
    reads: Sequence[Path] = (),
    has_channel: bool = False,
) -> Ended:
    """Run a program that nobody trusts and wait until nothing of it is left.

    Args:
        command: The program by its path, with its arguments; "{channel}" in one of them becomes the number of the channel.
        files: Texts by name that lie in the program's folder, where it begins.
        stdin: What it reads.
        limits: What it may use.
        isolation: "full", by namespaces of its own; "weak", by limits alone: it reads and writes whatever its user may, and
            reaches the network.
        reads: Folders that it sees beside the system's own and Python's, only to be read. Fully resolved.
        has_channel: Whether it gets an open file of its own, "{channel}", for what must not be mixed with its output.

    Raises:
        SandboxUnavailable: The machine does not allow full isolation, or is none on which programs are run.
    """
    if isolation == "full":
        check_available()
    elif why := _why_not_at_all():
        raise SandboxUnavailable(
            f"programs cannot be run here, with isolation: weak neither: {why}"
        )
    return _run(command, files or {}, stdin, limits, isolation == "full", reads, has_channel)


def check_available() -> None:
    """Check that programs can be isolated on this machine.

    Raises:
        SandboxUnavailable: They cannot; says why, and what to do.
    """
    if why := why_unavailable():
        raise SandboxUnavailable(
            f"programs that nobody trusts cannot be isolated on this machine ({why}); allow user namespaces "
            "(docs/sandbox.md says how), or set isolation: weak, which keeps them from nothing but using too much"
        )


@cache
def why_unavailable() -> str | None:
    """Say why this machine does not let a program be isolated; None where it does. Asked once a process, by trying."""
    if why := _why_not_at_all():
        return why
    release = os.uname().release
    numbers = re.match(r"(\d+)\.(\d+)", release)
    if numbers and tuple(map(int, numbers.groups())) < _OLDEST_LINUX:
        return f"Linux is {release}, and isolation needs 5.14 or later"
    if syscall_filter(os.uname().machine) is None:
        return (
            f"its processor is {os.uname().machine}, and isolation is made for x86_64 and aarch64"
        )
    tried = _run(
        [interpreter(), "-I", "-c", ""], {}, b"", Limits(wall_s=_START_WITHIN_S), True, (), False
    )
    return None if tried.status == 0 else tried.said


def _why_not_at_all() -> str | None:
    """Say why no program is run here, isolated or not; None where they are."""
    if sys.platform != "linux":
        return f"this is {sys.platform}, and the sandbox needs Linux"
    return None


def interpreter() -> str:
    """Return the path of Python itself, outside of any virtual environment, as programs find it in the sandbox."""
    return os.path.realpath(sys.executable)


def _run(
    command: Sequence[str],
    files: Mapping[str, str],
    stdin: bytes,
    limits: Limits,
    isolated: bool,
    reads: Sequence[Path],
    has_channel: bool,
) -> Ended:
    with TemporaryDirectory(prefix="winnow-program-") as place:
        spec = {
            "parent": os.getpid(),
            "isolated": isolated,
            "folder": FOLDER if isolated else place,
            "folder_bytes": limits.folder_mb * _MB,
            "files": dict(files),
            "reads": [*_system(), *map(str, reads)],
            "environment": {
                "PATH": "/usr/bin:/bin",
                "HOME": FOLDER if isolated else place,
                **dict.fromkeys(_THREADS, "1"),
            },
            "rlimits": _rlimits(limits),
            "syscall_filter": (syscall_filter(os.uname().machine) or b"").hex(),
        }
        with _Started(command, spec, stdin, has_channel) as started:
            return started.wait(limits)


def _rlimits(limits: Limits) -> dict[str, tuple[int, int]]:
    both = {
        "RLIMIT_AS": limits.memory_mb * _MB,
        "RLIMIT_FSIZE": limits.folder_mb * _MB,
        "RLIMIT_NPROC": limits.processes,
        "RLIMIT_NOFILE": limits.open_files,
        "RLIMIT_CORE": 0,
    }
    capped = {name: _at_most(name, wanted) for name, wanted in both.items()}
    hard = {name: (value, value) for name, value in capped.items()}
    return {**hard, "RLIMIT_CPU": (limits.cpu_s, limits.cpu_s + 1)}


def _at_most(name: str, wanted: int) -> int:
    hard = resource.getrlimit(getattr(resource, name))[1]
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


@cache
def _system() -> tuple[str, ...]:
    """List what a program needs to see in order to run Python: the system's libraries and Python's own."""
    system = ("/usr", "/bin", "/lib", "/lib64", "/lib32", "/sbin", "/etc/ld.so.cache")
    python = os.path.realpath(sys.base_prefix)
    return system if python.startswith("/usr") else (*system, python)


class _Started:
    """A program that has been started, with the ends of all its pipes."""

    def __init__(
        self, command: Sequence[str], spec: dict[str, Any], stdin: bytes, has_channel: bool
    ) -> None:
        self._pipes: dict[str, IO[bytes]] = {}
        self._own: list[int] = []  # ends of the other side, closed as soon as it has them
        try:
            status = self._pipe("status")
            channel = self._pipe("channel") if has_channel else None
            spec["command"] = [one.replace("{channel}", str(channel)) for one in command]
            spec_fd = self._readable(json.dumps(spec).encode())
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_LAUNCHER), str(spec_fd), str(status)],
                stdin=self._readable(stdin),
                stdout=self._pipe("stdout"),
                stderr=self._pipe("stderr"),
                pass_fds=[spec_fd, status, *([] if channel is None else [channel])],
                start_new_session=True,
                env={},
            )
        except BaseException:
            self._close()
            raise
        finally:
            for number in self._own:
                os.close(number)

    def __enter__(self) -> "_Started":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._close()

    def _close(self) -> None:
        for pipe in self._pipes.values():
            pipe.close()

    def wait(self, limits: Limits) -> Ended:
        """Take in what the program writes until it ends or meets a limit."""
        got: dict[str, bytearray] = {
            name: bytearray() for name in ("stdout", "stderr", "channel", "status")
        }
        stopped = self._take_in(got, limits)
        self._end()
        for name, text in self._left_over():
            got[name] += text
        most = int(limits.output_mb * _MB)
        told = _told(bytes(got["status"]))
        reason, said = stopped or _of_status(told, limits, bytes(got["stderr"]))
        kept = {name: bytes(text[:most]) for name, text in got.items()}
        return Ended(
            reason,
            None if "error" in told else told.get("exit"),
            said,
            kept["stdout"],
            kept["stderr"],
            bytes(got["channel"]),
        )

    def _take_in(self, got: dict[str, bytearray], limits: Limits) -> tuple[EndReason, str] | None:
        started_at, asked_at = None, time.monotonic()
        most = int(limits.output_mb * _MB)
        with selectors.DefaultSelector() as waiting:
            for name, pipe in self._pipes.items():
                waiting.register(pipe, selectors.EVENT_READ, name)
            while waiting.get_map():
                for key, _ in waiting.select(_LOOK_EVERY_S):
                    text = os.read(key.fd, _PIPE_BYTES)
                    got[key.data] += text
                    if not text:
                        waiting.unregister(key.fileobj)
                    if len(got[key.data]) > most:
                        return "output", f"more than {limits.output_mb:g} MiB on its {key.data}"
                now = time.monotonic()
                if started_at is None:
                    started_at = now if got["status"] else None
                    if now - asked_at > _START_WITHIN_S:
                        return "sandbox_error", f"did not start within {_START_WITHIN_S:g} s"
                elif now - started_at > limits.wall_s:
                    return "timeout", f"still ran after {limits.wall_s:g} s"
                if _held_mb(self._process.pid) > limits.memory_mb:
                    return "memory", f"held more than {limits.memory_mb} MiB"
        return None

    def _left_over(self) -> Iterator[tuple[str, bytes]]:
        """Read what the pipes still hold: each once, so that no more comes than a pipe has room for."""
        for name, pipe in self._pipes.items():
            os.set_blocking(pipe.fileno(), False)
            yield name, pipe.read(_PIPE_BYTES) or b""

    def _end(self) -> None:
        """End the program and all that it started; returns once nothing of it is left."""
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(_END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _pipe(self, name: str) -> int:
        mine, other = os.pipe()
        self._pipes[name] = os.fdopen(mine, "rb", buffering=0)
        self._own.append(other)
        return other

    def _readable(self, content: bytes) -> int:
        """Hold content for the other side, in a file that has no name any more and is open only to be read."""
        with NamedTemporaryFile(prefix="winnow-") as file:
            file.write(content)
            file.flush()
            number = os.open(file.name, os.O_RDONLY | os.O_CLOEXEC)
        self._own.append(number)
        return number


def _told(status: bytes) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for line in status.splitlines():
        told |= json.loads(line)
    return told


def _of_status(told: Mapping[str, Any], limits: Limits, stderr: bytes) -> tuple[EndReason, str]:
    if "error" in told:
        return "sandbox_error", told["error"]
    if "exit" not in told:
        if "started" in told:
            return "killed", "ended from outside"
        return "sandbox_error", stderr.decode(errors="replace").strip()[-200:] or "did not start"
    code: int = told["exit"]
    if code >= 0:
        if code and b"MemoryError" in stderr[-1000:]:
            return "memory", f"asked for more than {limits.memory_mb} MiB"
        return "exited", f"exit status {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    if name == "SIGXCPU" or (name == "SIGKILL" and told["cpu_s"] >= limits.cpu_s):
        return "timeout", f"used {limits.cpu_s} s of processor time"
    return "killed", name


def _held_mb(pid: int) -> float:
    """Add up what a process and all below it hold in memory of their own or shared, but no file's, in MiB."""
    held, waiting = 0, [pid]
    while waiting:
        process = Path(f"/proc/{waiting.pop()}")
        with suppress(OSError):  # it ended meanwhile
            held += sum(map(int, _HELD.findall((process / "status").read_text())))
            for thread in (process / "task").iterdir():
                with suppress(OSError):
                    waiting += map(int, (thread / "children").read_text().split())
    return held / 1024
