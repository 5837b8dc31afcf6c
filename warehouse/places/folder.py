"""A place that is a folder, on a disk of this machine or on one that several share."""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pyarrow as pa

from winnow.schemas.whole_files import is_leftover, remove_folder, remove_leftovers, whole_file
from winnow.warehouse.places.place import Entry, Place
from winnow.warehouse.storage import storage_full_named


@dataclass(frozen=True)
class Folder(Place):
    """A folder; it is made when something is written into it. Locks are those of the file system (flock)."""

    path: Path
    """Its path."""

    @property
    def address(self) -> str:
        """Its path as text."""
        return str(self.path)

    @property
    def folder(self) -> Path:
        """Its path."""
        return self.path

    @property
    def near(self) -> Path:
        """Its path."""
        return self.path

    @property
    def look_every_s(self) -> float:
        """Five times a second."""
        return 0.2

    def __reduce__(self) -> tuple[type["Folder"], tuple[Path]]:
        # A worker that it travels to has another working directory.
        return Folder, (self.path.absolute(),)

    def within(self, name: str) -> "Folder":
        """Return a folder in it."""
        return Folder(self.path / name)

    def entries(self) -> list[Entry]:
        """List its files."""
        found = []
        for path in self.path.glob("*"):
            with suppress(FileNotFoundError):  # removed since it was listed
                facts = path.stat()
                if stat.S_ISREG(facts.st_mode):
                    found.append(Entry(path.name, facts.st_size, facts.st_mtime))
        return sorted(found)

    def places(self) -> list[str]:
        """List its folders, but for those that are being removed."""
        found = (path.name for path in self.path.glob("*") if path.is_dir())
        return sorted(name for name in found if not is_leftover(name))

    def open(self, name: str) -> pa.NativeFile:
        """Open a file."""
        with _found():
            return pa.OSFile(str((self.path / name).absolute()))

    def content(self, name: str) -> pa.Buffer:
        """Map a file; it stays readable when it is removed."""
        with _found(), pa.memory_map(str((self.path / name).absolute())) as file:
            return file.read_buffer()

    @contextmanager
    def draft(self, name: str, *, is_durable: bool = True) -> Iterator[BinaryIO]:
        """Write a draft beside the file, flush it to the disk, and put it in the file's place."""
        path = self.path / name
        with storage_full_named(path):
            self.path.mkdir(parents=True, exist_ok=True)
            with whole_file(path, is_durable=is_durable) as draft, draft.open("wb") as file:
                yield file

    def remove(self, name: str) -> None:
        """Remove a file."""
        (self.path / name).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove it, at once, whoever still writes into it."""
        remove_folder(self.path)

    def tidy(self) -> None:
        """Remove what is left of folders in it that were removed."""
        remove_leftovers(self.path)

    @contextmanager
    def alone(self, name: str, wait_s: float = 0.0) -> Iterator["FileLock"]:
        """Hold the lock of a file, which stays when the lock is freed and names the process that held it last."""
        path = self.path / name
        with ExitStack() as holding:
            with storage_full_named(path):
                self.path.mkdir(parents=True, exist_ok=True)
                file = holding.enter_context(path.open("a"))
                is_held = _take(file.fileno(), wait_s)
                if is_held:
                    file.truncate(0)
                    file.write(str(os.getpid()))
                    file.flush()
            yield FileLock(is_held)

    def holder(self, name: str) -> str | None:
        """Say which process holds a lock."""
        try:
            with (self.path / name).open() as file:
                # Shared, since NFS lends an exclusive lock only to who may write.
                is_free = _try(file.fileno(), fcntl.LOCK_SH)
                return None if is_free else f"process {file.read() or '?'}"
        except FileNotFoundError:
            return None


def as_place(where: Place | Path) -> Place:
    """Return a place, or the one that a folder is."""
    return Folder(where.absolute()) if isinstance(where, Path) else where


class FileLock(NamedTuple):
    """A lock of a file, which the file system keeps for as long as the process lives."""

    is_held: bool
    """Whether this process holds it."""


def _take(descriptor: int, wait_s: float) -> bool:
    end = time.monotonic() + wait_s
    while not (is_taken := _try(descriptor, fcntl.LOCK_EX)) and time.monotonic() < end:
        time.sleep(0.01)
    return is_taken


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _found() -> Iterator[None]:
    """Read a file; where a folder on the way is none, there is no file either."""
    try:
        yield
    except NotADirectoryError as error:
        raise FileNotFoundError(*error.args) from error
