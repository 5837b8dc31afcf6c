"""Asks about expressions and units, in a process beside this one that cannot hang it."""

import atexit
import json
import os
import signal
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

SECONDS = 3.0
"""Time of the processor that one question may take."""

_WORKER = Path(__file__).with_name("mathematics_worker.py")


class NoResult(Exception):
    """A comparison that came to no result, which says nothing of the answer."""


class _Mathematician:
    """A process that answers one question at a time, for all threads; started with the first, and anew after it ended.

    The libraries' own timeouts use signals, which work in the main thread alone and not inside C code. The process ends itself
    instead, and ends with this one, since it reads from its pipe.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None

    def ask(self, **asked: object) -> Any:
        """Ask one question.

        Raises:
            NoResult: The process ended, or the comparison failed.
        """
        with self._lock:
            process = self._running()
            assert process.stdin is not None and process.stdout is not None
            try:
                process.stdin.write(json.dumps(asked) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
            except BrokenPipeError:
                line = ""
            if not line:
                self._process = None
                ended_by = process.wait()
                late = ended_by == -signal.SIGPROF
                raise NoResult(
                    f"no result within {self._seconds:g} s of computing" if late else f"the process that compares ended with status {ended_by}"
                )  # fmt: skip
        said = json.loads(line)
        if "error" in said:
            raise NoResult(said["error"])
        return said["said"]

    def end(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def forget(self) -> None:
        """Leave the process to whom it belongs, in a copy of this one that was forked."""
        self._lock, self._process = Lock(), None

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(_WORKER), str(self._seconds)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
        return self._process


_asked = _Mathematician(SECONDS)
atexit.register(_asked.end)
os.register_at_fork(after_in_child=_asked.forget)


@lru_cache(maxsize=4096)
def is_equal(gold: str, given: str) -> bool | None:
    """Say whether an answer equals the known one, both in LaTeX without marks around it.

    Not symmetric: "5" fits the known "x = 5" and the reverse, but an inequality fits a known interval.

    Returns:
        None where one of the two cannot be read.

    Raises:
        NoResult: It took too long, or failed.
    """
    said: bool | None = _asked.ask(ask="is_equal", gold=gold, given=given)
    return said


@lru_cache(maxsize=4096)
def reads(text: str) -> bool:
    """Say whether a text can be read as mathematics; raises as `is_equal`."""
    said: bool = _asked.ask(ask="reads", text=text)
    return said


@lru_cache(maxsize=4096)
def converted(value: float, unit: str, into: str) -> float | None:
    """Convert a quantity into another unit, None where it measures something else; raises as `is_equal`."""
    said: float | None = _asked.ask(ask="converted", value=value, unit=unit, into=into)
    return said


@lru_cache(maxsize=4096)
def is_unit(unit: str) -> bool:
    """Say whether words name a unit of measurement; raises as `is_equal`."""
    said: bool = _asked.ask(ask="is_unit", unit=unit)
    return said
