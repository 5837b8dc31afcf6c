"""The audit in a process of its own, which imports Great Expectations while the run works on other things."""

import contextlib
import os
import pickle
import select
import subprocess
import sys
from collections.abc import Callable
from typing import Self

from winnow.schemas.child_processes import running
from winnow.schemas.errors import MissingPackage, TransientError
from winnow.schemas.importing import importing
from winnow.warehouse.audit import AuditResult, audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.connection import connect
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging


class Auditor:
    """Audits stagings in another process; a context manager.

    The process ends once it has audited, and with this one, however that ends: then nothing more comes down its line.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Number of the process; None where it has not begun."""
        return self._process.pid if self._process else None

    def start(self) -> "subprocess.Popen[bytes]":
        """Have the process begin, where it has not."""
        if self._process is None:
            self._process = subprocess.Popen(
                **running(__name__), stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        return self._process

    def audit(
        self,
        staging: Staging,
        settings: WarehouseSettings,
        meanwhile: Callable[[Callable[[], bool]], None] = lambda _: None,
    ) -> AuditResult:
        """Check staged rows as `winnow.warehouse.audit.audit` does.

        Args:
            staging: What is to be published.
            settings: The warehouse that it is to be published in.
            meanwhile: What to do here until it answers, given a function that tells whether that is still to come.

        Raises:
            TransientError: The process ended before it answered.
        """
        process = self.start()
        assert process.stdin is not None and process.stdout is not None
        try:
            pickle.dump((staging.root, settings), process.stdin)
            process.stdin.flush()
        except OSError:
            raise self._ended() from None
        answers = process.stdout
        meanwhile(lambda: not select.select([answers], [], [], 0)[0])
        try:
            answer: AuditResult | Exception = pickle.load(answers)
        except (EOFError, OSError):
            raise self._ended() from None
        if isinstance(answer, Exception):
            raise answer
        self._end()  # what is done next may need the memory that it holds
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _ended(self) -> TransientError:
        state = self._end()
        return TransientError(
            f"the process of the audit ended with status {state}; it may have had too little memory"
        )

    def _end(self) -> int | None:
        if self._process is None:
            return None
        process, self._process = self._process, None
        process.terminate()
        state = process.wait()
        for line in (process.stdin, process.stdout):
            if line is not None:
                with contextlib.suppress(OSError):  # what could not be sent is sent to nobody
                    line.close()
        return state


def _serve() -> None:
    # What a library prints is no answer: it goes where errors go.
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # What is missing is told when it is needed.
    with importing(), contextlib.suppress(ImportError, MissingPackage):
        import great_expectations  # noqa: F401

        connect(WarehouseSettings()).close()  # has DuckDB check its extensions
    with contextlib.suppress(EOFError):
        while True:
            root, settings = pickle.load(asked)
            pickle.dump(_answer(Staging(root), settings), answers)
            answers.flush()


def _answer(staging: Staging, settings: WarehouseSettings) -> AuditResult | Exception:
    try:
        with Warehouse.open(settings) as warehouse:
            return audit(staging, warehouse)
    except Exception as error:  # raised where the audit was asked for
        return error


if __name__ == "__main__":
    _serve()
