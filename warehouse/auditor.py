"""The audit in a process of its own, which imports Great Expectations while the run works on other things."""

import contextlib
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Self

from schemas.errors import TransientError
from warehouse.audit import AuditResult, audit
from warehouse.catalog import Warehouse
from warehouse.settings import WarehouseSettings
from warehouse.staging import Staging


class Auditor:
    """Audits stagings in another process; a context manager.

    The process ends with this one, however that ends: then nobody can ask it any more.
    """

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._line: Connection | None = None

    @property
    def pid(self) -> int | None:
        """Number of the process; None where it has not begun."""
        return self._process.pid if self._process else None

    def start(self) -> Connection:
        """Have the process begin, where it has not."""
        if self._line is None:
            context = get_context("spawn")
            self._line, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
            resource_tracker.ensure_running()  # lets Ctrl-C through again when it starts
            with _without_ctrl_c():
                self._process.start()
            theirs.close()
        return self._line

    def audit(self, staging: Staging, settings: WarehouseSettings) -> AuditResult:
        """Check staged rows as `warehouse.audit.audit` does.

        Args:
            staging: What is to be published.
            settings: The warehouse that it is to be published in.

        Raises:
            TransientError: The process ended before it answered.
        """
        line = self.start()
        try:
            line.send((staging.root, settings))
            answer: AuditResult | Exception = line.recv()
        except (EOFError, OSError):
            state = self._end()
            raise TransientError(
                f"the process of the audit ended with status {state}; it may have had too little memory"
            ) from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> int | None:
        if self._process is None or self._line is None:
            return None
        self._line.close()
        self._process.terminate()
        self._process.join()
        state, self._line, self._process = self._process.exitcode, None, None
        return state


def _serve(line: Connection) -> None:
    with contextlib.suppress(ImportError):  # what is missing is told when it is needed
        import great_expectations  # noqa: F401
    with contextlib.suppress(EOFError):
        while True:
            root, settings = line.recv()
            line.send(_answer(Staging(root), settings))


def _answer(staging: Staging, settings: WarehouseSettings) -> AuditResult | Exception:
    try:
        with Warehouse.open(settings) as warehouse:
            return audit(staging, warehouse)
    except Exception as error:  # raised where the audit was asked for
        return error


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Let what is started within never hear Ctrl-C, which is for the run to hear; here it is heard afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
