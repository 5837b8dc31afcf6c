"""A place in an object store that speaks S3."""

import errno
import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from winnow.schemas.errors import InvalidSettings, MissingPackage, StorageFull, TransientError
from winnow.schemas.secrets import read_key
from winnow.warehouse.places.leases import Lease, hold_lease
from winnow.warehouse.places.place import Entry, Place
from winnow.warehouse.places.s3 import S3Settings
from winnow.warehouse.storage import NO_SPACE

_SMALL = 8 << 20
"""Bytes up to which an object is read at once instead of by pieces."""

_TRIES = 3
"""Tries of the client that s3fs uses; s3fs repeats them five times, and a store that is down is to be said in seconds."""

_PASSING = {errno.EBUSY, errno.EIO, getattr(errno, "EREMOTEIO", errno.EIO)}
"""What s3fs makes of a store that is overloaded or broken for the moment."""


@dataclass(frozen=True)
class ObjectStore(Place):
    """All objects whose names begin with one address.

    An object appears whole, as the store itself promises. A lock is a lease: an object that only one process can make, and
    that its holder renews; see `winnow.warehouse.places.leases`.
    """

    prefix: str
    """Bucket and beginning of the names, such as "bucket/winnow"."""

    s3: S3Settings
    """The store."""

    @property
    def address(self) -> str:
        """Its address."""
        return f"s3://{self.prefix}"

    @property
    def near(self) -> Path:
        """A folder of this user's among what is temporary, always the same for this address."""
        address = f"{self.s3.endpoint} {self.prefix}".encode()
        return _own_folder() / hashlib.sha256(address).hexdigest()[:16]

    @property
    def look_every_s(self) -> float:
        """Once a second."""
        return 1.0

    def within(self, name: str) -> "ObjectStore":
        """Return the objects whose names go on with one more part."""
        return ObjectStore(f"{self.prefix}/{name}", self.s3)

    def entries(self) -> list[Entry]:
        """List its objects."""
        return sorted(
            Entry(_last(one), one["size"], one["LastModified"].timestamp())
            for one in self._list()
            if one["type"] == "file" and one["name"] != self.prefix
        )

    def places(self) -> list[str]:
        """List how the names of its objects go on up to the next slash."""
        return sorted(_last(one) for one in self._list() if one["type"] == "directory")

    def open(self, name: str) -> pa.NativeFile:
        """Open an object: a small one is read at once, of a large one what is asked for."""
        with self._reached():
            size = self._system.info(self._key(name), refresh=True)["size"]
            if size > _SMALL:
                file = self._system.open(self._key(name), cache_type="none")
                return pa.PythonFile(_ReadByPieces(file, self._reached), "r")
        return pa.BufferReader(self.content(name))

    def content(self, name: str) -> pa.Buffer:
        """Read an object."""
        with self._reached():
            return pa.py_buffer(self._system.cat_file(self._key(name)))

    @contextmanager
    def draft(self, name: str, *, is_durable: bool = True) -> Iterator[BinaryIO]:
        """Lend a file of this machine, and put it into the store when it is whole."""
        with _draft() as file:
            with io.BufferedWriter(_Draft(file.name, "w")) as draft:
                yield draft
            with self._reached():
                self._system.put_file(file.name, self._key(name))

    def remove(self, name: str) -> None:
        """Remove an object."""
        with self._reached():
            self._system.rm_file(self._key(name))

    def clear(self) -> None:
        """Remove its objects."""
        with suppress(FileNotFoundError), self._reached():
            self._system.rm(self.prefix, recursive=True)

    def tidy(self) -> None:
        """Do nothing: what is left lies under its own name, and is cleared by it."""

    @contextmanager
    def alone(self, name: str, wait_s: float = 0.0) -> Iterator[Lease]:
        """Hold a lease; one whose holder died is taken over when it has run out, at once where that was on this machine."""
        with ExitStack() as holding:
            with self._reached():
                held = hold_lease(self._system, self._key(name), wait_s)
                lease = holding.enter_context(held)
            yield lease

    def holder(self, name: str) -> str | None:
        """Say who holds a lease."""
        with self._reached():
            return Lease(self._system, self._key(name)).holder()

    def _list(self) -> list[dict[str, Any]]:
        with suppress(FileNotFoundError), self._reached():
            found: list[dict[str, Any]] = self._system.ls(self.prefix, detail=True, refresh=True)
            return found
        return []

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Say in one line that the store cannot be used, and what to do.

        Raises:
            InvalidSettings: There is no such bucket, or the keys open nothing.
            TransientError: It does not answer.
        """
        from botocore.exceptions import BotoCoreError

        try:
            yield
        except PermissionError as error:
            raise InvalidSettings(
                f"{self.address} may not be used with the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: {error}"
            ) from error
        except FileNotFoundError as error:
            said = getattr(error.__cause__, "response", {}).get("Error", {}).get("Code")
            if said != "NoSuchBucket":
                raise
            raise InvalidSettings(
                f"there is no bucket {self.prefix.partition('/')[0]}; make it, or correct warehouse.place"
            ) from error
        except (BotoCoreError, OSError) as error:
            if isinstance(error, OSError) and not _is_passing(error):
                raise
            raise TransientError(
                f"{self.address} cannot be reached: {error}; see that warehouse.s3 names the store and that it is up, "
                "then run again"
            ) from error

    def _key(self, name: str) -> str:
        return f"{self.prefix}/{name}"

    @property
    def _system(self) -> Any:
        return _system(self.s3)


class _ReadByPieces:
    """An object that is read where it is asked for, and says as the rest does that the store cannot be used."""

    def __init__(self, file: Any, reached: Callable[[], AbstractContextManager[None]]) -> None:
        self._file = file
        self._reached = reached

    def read(self, n_bytes: int = -1) -> bytes:
        with self._reached():
            return bytes(self._file.read(n_bytes))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _is_passing(error: OSError) -> bool:
    return isinstance(error, TimeoutError | ConnectionError) or error.errno in _PASSING


class _Draft(io.FileIO):
    """A file that waits to be put into the store."""

    def write(self, data: Any, /) -> int:
        """Write some of the bytes.

        Raises:
            StorageFull: No space is left.
        """
        with _space_for_drafts():
            return super().write(data)


@contextmanager
def _draft() -> Iterator[Any]:
    with ExitStack() as open_file:
        with _space_for_drafts():
            draft = open_file.enter_context(tempfile.NamedTemporaryFile())
        yield draft


@contextmanager
def _space_for_drafts() -> Iterator[None]:
    """Name the folder that is full, which is not the store.

    Raises:
        StorageFull: No space is left for what is to be put into the store.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in NO_SPACE:
            raise
        raise StorageFull(
            f"no space left in {tempfile.gettempdir()}, where files wait to be put into the object store; free some, or name "
            "another folder in TMPDIR, then run again"
        ) from error


def _last(listed: dict[str, Any]) -> str:
    return str(listed["name"]).rstrip("/").rpartition("/")[2]


@cache
def _own_folder() -> Path:
    """Make a folder that nobody else reads or writes; one that is somebody else's is left alone."""
    folder = Path(tempfile.gettempdir()) / f"winnow-{os.getuid()}"
    with _space_for_drafts():
        folder.mkdir(mode=0o700, exist_ok=True)
        is_own = folder.lstat().st_uid == os.getuid()
        return folder if is_own else Path(tempfile.mkdtemp(prefix="winnow-"))


@cache
def _system(s3: S3Settings) -> Any:
    """Open the store, once a process.

    Raises:
        MissingPackage: s3fs is not installed.
        InvalidSettings: The keys are not in the environment.
    """
    key, secret = read_key("AWS_ACCESS_KEY_ID"), read_key("AWS_SECRET_ACCESS_KEY")
    if not key or not secret:
        raise InvalidSettings(
            "warehouse.place is an object store but AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not in the environment; set both"
        )
    try:
        from s3fs import S3FileSystem
    except ModuleNotFoundError as error:
        raise MissingPackage("no package s3fs; pip install 'winnow[s3]'", package="s3fs") from error
    style = "path" if s3.url_style == "path" else "virtual"
    return S3FileSystem(
        key=key,
        secret=secret,
        token=read_key("AWS_SESSION_TOKEN"),
        endpoint_url=f"http{'s' * s3.use_ssl}://{s3.endpoint}" if s3.endpoint else None,
        client_kwargs={"region_name": s3.region},
        config_kwargs={
            "s3": {"addressing_style": style},
            "retries": {"total_max_attempts": _TRIES},
        },
        use_listings_cache=False,
    )
