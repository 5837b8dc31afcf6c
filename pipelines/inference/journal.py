"""Answers that a worker has and the store not yet: written down at once, so that a kill loses none of them.

A store's segment is worth writing for many answers, and an answer should not wait for others. So each is first a line of
its writer's journal, which the kernel keeps when the process is killed, though not when the machine loses power.
"""

import fcntl
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from uuid import uuid4

from pydantic import ValidationError

from winnow.pipelines.inference.disk_space import enough_space
from winnow.schemas.base import Record

R = TypeVar("R", bound=Record)

_ENDING = ".journal"


class Journal:
    """The journal of one writer: a hidden file in the store's folder, locked for as long as the writer lives."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = root / f".{uuid4().hex}{_ENDING}"
        self._file = -1

    def __enter__(self) -> Self:
        self._root.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".tmp")
        with enough_space(self._root):
            self._file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        draft.rename(self._path)  # locked before anybody sees it
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not os.fstat(self._file).st_size:
            self._path.unlink(missing_ok=True)
        os.close(self._file)

    def add(self, record: bytes) -> None:
        """Write a record's JSON down; it outlives the process once this returns.

        Raises:
            StorageFull: There is no space left.
        """
        line = record + b"\n"
        try:
            while line:
                line = line[os.write(self._file, line) :]
        except OSError as error:
            with enough_space(self._root):
                raise error

    def clear(self) -> None:
        """Forget what was written: it lies in the store now."""
        os.ftruncate(self._file, 0)


def recover(root: Path, kind: type[R], store: Callable[[Sequence[R]], None]) -> None:
    """Store what killed writers had written down, and remove their journals; those of living ones stay.

    Args:
        root: The store's folder.
        kind: Class of the records.
        store: Stores records durably.
    """
    for path in root.glob(f".*{_ENDING}"):
        try:
            file = path.open("r+b")  # NFS locks for one alone only what may be written
        except FileNotFoundError:  # its writer is done, or another process has it
            continue
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            # Read from the open file: whoever held the lock until now may have removed its name.
            store(_records(file.read(), kind))
            path.unlink(missing_ok=True)


def _records(content: bytes, kind: type[R]) -> list[R]:
    """Read the lines that are whole: a kill, or a full disk, may have cut one."""
    records = []
    for line in content.split(b"\n"):
        with suppress(ValidationError):
            records.append(kind.model_validate_json(line))
    return records
