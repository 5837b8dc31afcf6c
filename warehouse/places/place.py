"""What a place is, whatever it is made of: named files that appear whole or not at all, and locks that end with their holder."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

import pyarrow as pa


class Entry(NamedTuple):
    """A file in a place."""

    name: str
    """Its name in the place."""

    size: int
    """Bytes."""

    changed_at: float
    """When it was written last, in seconds since 1970, by the clock of whoever keeps it."""


class Lock(Protocol):
    """A lock that was asked for."""

    @property
    def is_held(self) -> bool:
        """Whether this process holds it; False where another does, or may have taken it over since."""
        ...


class Place(ABC):
    """A folder of files that several processes may use at once, on this machine or elsewhere.

    A file that another process removed meanwhile raises FileNotFoundError wherever it is read.
    """

    @property
    @abstractmethod
    def address(self) -> str:
        """What it is called: a path, or an address such as "s3://bucket/winnow/completions"."""

    @property
    def folder(self) -> Path | None:
        """Its path, where it is a folder; None where what does without files of a disk has to do."""
        return None

    @property
    @abstractmethod
    def near(self) -> Path:
        """A folder of this machine for what is on its way into the place, and not lost where it cannot be reached: itself, where it is one."""

    @property
    @abstractmethod
    def look_every_s(self) -> float:
        """Seconds from one look to the next at whether something changed, often enough and cheap: a store is paid by the look."""

    @abstractmethod
    def within(self, name: str) -> "Place":
        """Return a place in this one; nothing is made yet."""

    @abstractmethod
    def entries(self) -> list[Entry]:
        """List the files that lie directly in it, by name, hidden ones too; none where nothing was written yet."""

    @abstractmethod
    def places(self) -> list[str]:
        """List the places that lie directly in it, by name, and hold something."""

    @abstractmethod
    def open(self, name: str) -> pa.NativeFile:
        """Open a file to be read at any point of it; to be closed by whoever asked.

        Raises:
            FileNotFoundError: There is none.
        """

    @abstractmethod
    def content(self, name: str) -> pa.Buffer:
        """Return all that a file holds, mapped instead of read where it lies on a disk of this machine.

        Raises:
            FileNotFoundError: There is none.
        """

    @abstractmethod
    def draft(self, name: str, *, is_durable: bool = True) -> AbstractContextManager[BinaryIO]:
        """Lend a file to write into, which takes the place of what `name` held when the block ends well.

        Args:
            name: The file; where the block raises, it stays as it was.
            is_durable: Whether it has to outlive a loss of power once the block ends, which takes time on a disk.

        Raises:
            StorageFull: There is no space left.
        """

    def write(
        self, name: str, write: Callable[[BinaryIO], object], *, is_durable: bool = True
    ) -> None:
        """Write a file whole, in place of what it held: `write` gets the file that `draft` lends."""
        with self.draft(name, is_durable=is_durable) as file:
            write(file)

    @abstractmethod
    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is no error."""

    @abstractmethod
    def clear(self) -> None:
        """Remove all that lies in it, also in the places in it."""

    @abstractmethod
    def tidy(self) -> None:
        """Remove what is left of places in it whose clearing was broken off."""

    @abstractmethod
    def alone(self, name: str, wait_s: float = 0.0) -> AbstractContextManager[Lock]:
        """Hold a lock, which is freed at the end of the block and with the end of the process.

        It can be lost before, where a machine stood still for long: who changes what others rely on looks again.

        Args:
            name: The lock.
            wait_s: Seconds to wait for another process that holds it.

        Returns:
            The lock; it is not held where another process holds it.
        """

    @abstractmethod
    def holder(self, name: str) -> str | None:
        """Say who holds a lock, such as "process 12"; None where nobody does. To look keeps nobody from it for longer than that."""
