"""A team of processes that read the ranges of files, in turn."""

import pickle
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from multiprocessing import Pipe
from subprocess import DEVNULL, Popen
from types import TracebackType
from typing import Any, Self

from winnow.pipelines.reading.elsewhere.answers import PROTOCOL, ReadElsewhere
from winnow.pipelines.reading.elsewhere.ranges import Range
from winnow.schemas.child_processes import running
from winnow.schemas.errors import ProcessLost

_MODULE = "winnow.pipelines.reading.elsewhere.member"
_AHEAD = 2
"""Ranges that each member is given before the first of them is wanted."""


class Team:
    """Processes that read ranges with a reader, which has to pickle."""

    def __init__(self, reader: Any, n_members: int) -> None:
        """Start the processes, which are ready when they answer."""
        self._members = [_Member(reader) for _ in range(n_members)]

    def read(self, ranges: Iterable[Range]) -> Iterator[tuple[Range, ReadElsewhere]]:
        """Yield what is read of each range, in their order.

        Raises:
            ProcessLost: A process was killed, or ended otherwise.
        """
        asked: deque[tuple[Range, _Member]] = deque()
        for i, of in enumerate(ranges):
            member = self._members[i % len(self._members)]
            member.ask(of)
            asked.append((of, member))
            if len(asked) == _AHEAD * len(self._members):
                first, member = asked.popleft()
                yield first, member.answer(first)
        for of, member in asked:
            yield of, member.answer(of)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for member in self._members:
            member.end()


class _Member:
    def __init__(self, reader: Any) -> None:
        self._connection, theirs = Pipe()
        with theirs:
            started = running(_MODULE, str(theirs.fileno()))
            self._process = Popen(**started, pass_fds=(theirs.fileno(),), stdin=DEVNULL)
        with suppress(ConnectionError):  # said where an answer is wanted
            self._connection.send_bytes(pickle.dumps(reader, PROTOCOL))

    def ask(self, of: Range) -> None:
        with suppress(ConnectionError):
            self._connection.send(of)

    def answer(self, of: Range) -> ReadElsewhere:
        try:
            found = pickle.loads(self._connection.recv_bytes())
        except (EOFError, ConnectionError) as error:
            raise ProcessLost(
                f"{of.name}: a process that read from line {of.first} on {_fate(self._process.wait())}; "
                "nothing of it was taken in: free memory and give the same command again, or put `taskset -c 0` in front of it, "
                "by which one process reads all"
            ) from error
        if isinstance(found, ReadElsewhere):
            return found
        raise found

    def end(self) -> None:
        self._connection.close()
        self._process.kill()
        self._process.wait()


def _fate(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    name = signal.Signals(-status).name
    return f"was ended by {name}" + (", as for want of memory" if -status == signal.SIGKILL else "")
