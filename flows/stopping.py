"""How a command ends when it is asked to: Ctrl-C, SIGTERM, or the terminal that it runs in is closed.

Python hands a signal to its main thread, and only between two of its instructions: a main thread that loads a model
or waits in another library does not hear it. So a thread of its own hears the signals. It has answers that came
stored, gives the main thread a few seconds to leave by the usual way, and then ends the process, wherever that stands:
what a run keeps is whole at any moment.
"""

import contextlib
import logging
import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from winnow.pipelines.stopping import STOP
from winnow.schemas.errors import Stopped

_PATIENCE_S = 3.0
"""How long the main thread may take to leave; a model that loads, or another library that waits, takes longer."""

_LAST_STORE_S = 1.0
"""How long a second signal waits for answers that are being stored."""

_UCRED = struct.Struct("3i")
"""Process, user and group, as the kernel says who wrote to a socket."""

_NAMES = {
    signal.SIGINT: "Ctrl-C",
    signal.SIGTERM: "SIGTERM",
    signal.SIGHUP: "SIGHUP: its terminal was closed",
}

_KEPT = "nothing is lost: answers that came are kept, and the same command goes on"
_BEGUN = "the same command begins again"


_DOING = {
    "start": "starting",
    "read": "reading the inputs",
    "set_aside": "looking for prompts that nearly repeat another",
    "sample": "sampling",
    "compare": "comparing",
    "label": "judging",
    "merge": "merging criteria",
    "select": "selecting",
    "refine": "refining responses",
    "derive": "deriving rubrics",
    "prove": "proving rubrics",
    "rounds": "taking turns with people",
    "aggregate": "aggregating",
    "keep": "filtering",
    "assemble": "assembling",
    "shortcuts": "looking for shortcuts",
    "audit": "auditing",
    "publish": "publishing",
    "report": "writing report and exports",
    "people": "asking people",
}


def _doing(stage: str) -> str:
    """Say what goes on in a stage, or in the step of a kind that has no word of its own."""
    return _DOING.get(stage.partition("-")[0], f"at the step {stage}")


class _Stopping:
    """The signals of one command, from its begin to its end."""

    def __init__(self) -> None:
        self.doing = ""
        self.way_on = _BEGUN
        self._signal: signal.Signals | None = None
        self._troubles: list[str] = []
        self._is_stored, self._is_left = threading.Event(), threading.Event()
        self._ending = threading.Lock()
        self._heard, self._told = socket.socketpair()
        self._told.setblocking(False)
        self._heard.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        # Who started this process with nohup, or in the background, has it ignore some signals.
        self._signals = [s for s in _NAMES if signal.getsignal(s) is not signal.SIG_IGN]

    def begin(self) -> None:
        """Take the signals, and hear them from now on."""
        threading.Thread(target=self._hear, name="signals", daemon=True).start()
        os.register_at_fork(after_in_child=self._let_go)
        self.take()

    def take(self) -> None:
        """Take the signals, also from a library that took them meanwhile."""
        for number in self._signals:
            signal.signal(number, self._break_off)
        signal.set_wakeup_fd(self._told.fileno(), warn_on_full_buffer=False)

    def leave(self) -> None:
        """End the process where a signal came; else let the next one end it, since only Python itself is left to end."""
        if self._signal is not None:
            self._is_left.set()
            with contextlib.suppress(OSError):  # nobody reads it any more
                sys.stdout.flush()
            self._end()
        self._let_go()

    def _let_go(self) -> None:
        signal.set_wakeup_fd(-1)
        for number in self._signals:
            signal.signal(number, signal.SIG_DFL)

    def _break_off(self, number: int, _frame: FrameType | None) -> None:
        """Leave whatever the main thread does, but for work that ends by itself."""
        self._note(number)
        if not STOP.is_deferred and not self._is_left.is_set():
            raise Stopped

    def _hear(self) -> None:
        is_first, here = True, os.getpid()
        while True:
            (number,), credentials, *_ = self._heard.recvmsg(1, socket.CMSG_SPACE(_UCRED.size))
            ((*_, ucred),) = credentials
            # A child that was forked a moment ago still tells its signals here.
            if number in self._signals and _UCRED.unpack(ucred)[0] == here:
                self._note(number)
                act = self._see_to_the_end if is_first else self._end
                threading.Thread(target=act, name="end", daemon=True).start()
                is_first = False

    def _note(self, number: int) -> None:
        if self._signal is None:
            self._signal = signal.Signals(number)
            STOP.is_made = (
                True  # before anybody is told: main thread and this one see it in either order
            )
            _say_no_more()
            sys.excepthook = lambda *_: self._end()

    def _see_to_the_end(self) -> None:
        try:
            self._troubles = [str(error) for error in STOP.make()]
            self._is_stored.set()
            self._is_left.wait(_PATIENCE_S)
        finally:
            self._end()

    def _end(self) -> None:
        """Take along what was started, say what stopped, and end; the first thread that comes here does it."""
        self._ending.acquire()
        self._is_stored.wait(_LAST_STORE_S)
        assert self._signal is not None
        _kill_children(os.getpid())
        _print(self._line(self._signal))
        os._exit(128 + self._signal)

    def _line(self, number: signal.Signals) -> str:
        doing = f" while {self.doing}" if self.doing else ""
        ends = [*self._troubles, self.way_on]
        return f"winnow: stopped by {_NAMES[number]}{doing}; {'; '.join(ends)}"


_current: _Stopping | None = None


@contextmanager
def stoppable() -> Iterator[None]:
    """Let a command end in seconds when it is asked to, with one line and status 130 (Ctrl-C), 143 or 129.

    Where a signal came, this does not return: the process has ended.
    """
    global _current
    _current = stopping = _Stopping()
    try:
        stopping.begin()
        yield
    finally:
        _current = None
        stopping.leave()


def now(stage: str, way_on: str = _KEPT) -> None:
    """Note what the command does from here on, and how it goes on where it is stopped here.

    Also takes the signals again: libraries, such as Prefect round a flow, put in handlers of their own.

    Args:
        stage: Stage of a run.
        way_on: What is kept and how it goes on.

    Raises:
        Stopped: A signal came, and something swallowed what it raised.
    """
    if _current is None:
        return
    _current.doing, _current.way_on = _doing(stage), way_on
    if threading.current_thread() is threading.main_thread():
        _current.take()
    STOP.check()


def _say_no_more() -> None:
    """Keep libraries from telling of what breaks off: it was asked for."""
    logging.disable(logging.CRITICAL)
    sys.unraisablehook = lambda _: None
    threading.excepthook = lambda _: None


def _print(line: str) -> None:
    """Print to stderr past whatever lock a thread that no longer runs may hold."""
    clear = "\r\x1b[K\x1b[?25h" if os.isatty(2) else ""  # a moving line hides the cursor
    with contextlib.suppress(OSError):  # the terminal is gone
        os.write(2, f"{clear}{line}\n".encode(errors="replace"))


def _kill_children(pid: int) -> None:
    """Kill what a process has started, but for what was started in a session of its own to outlive it."""
    for child in _children(pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getsid(child) != child:
                _kill_children(child)
                os.kill(child, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            found += map(int, (thread / "children").read_text().split())
    return found
