"""A place in an object store that speaks S3."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, BinaryIO

import pyarrow as pa

from winnow.schemas.errors import InvalidSettings, MissingPackage
from winnow.schemas.secrets import read_key
from winnow.warehouse.places.leases import hold_lease
from winnow.warehouse.places.place import Entry, Place
from winnow.warehouse.settings import S3Settings

_SMALL = 8 << 20
"""Bytes up to which an object is read at once instead of by pieces."""


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
        size = self._system.info(self._key(name), refresh=True)["size"]
        if size <= _SMALL:
            return pa.BufferReader(self.content(name))
        return pa.PythonFile(self._system.open(self._key(name), cache_type="none"), "r")

    def content(self, name: str) -> pa.Buffer:
        """Read an object."""
        return pa.py_buffer(self._system.cat_file(self._key(name)))

    def write(self, name: str, write: Callable[[BinaryIO], object]) -> None:
        """Write a file of this machine, and put it into the store when it is whole."""
        with tempfile.NamedTemporaryFile() as draft:
            write(draft)  # type: ignore[arg-type]  # all of BinaryIO but its name
            draft.flush()
            self._system.put_file(draft.name, self._key(name))

    def remove(self, name: str) -> None:
        """Remove an object."""
        self._system.rm_file(self._key(name))

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Hold a lease; one whose holder died is taken over when it has run out, at once where that was on this machine."""
        with hold_lease(self._system, self._key(name)) as is_held:
            yield is_held

    def _list(self) -> list[dict[str, Any]]:
        try:
            found: list[dict[str, Any]] = self._system.ls(self.prefix, detail=True, refresh=True)
        except FileNotFoundError:
            return []
        return found

    def _key(self, name: str) -> str:
        return f"{self.prefix}/{name}"

    @property
    def _system(self) -> Any:
        return _system(self.s3)


def _last(listed: dict[str, Any]) -> str:
    return str(listed["name"]).rstrip("/").rpartition("/")[2]


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
            "warehouse.path is an object store but AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not in the environment; set both"
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
        config_kwargs={"s3": {"addressing_style": style}},
        use_listings_cache=False,
    )
