"""Locks in an object store: an object that one process makes and renews, so that another can tell when it is dead.

The store decides who was first, by conditional writes (If-None-Match, If-Match), and by its clock how old a lease is: clocks of the
machines that use it need not agree.
"""

import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple

from winnow.schemas.base import Value
from winnow.schemas.errors import InvalidSettings

LEASE_S = 30.0
"""Seconds after which a lease that was not renewed may be taken over."""

_SURE_S = LEASE_S - 2.0
"""Seconds for which a lease that was not renewed is surely held: stores tell times in whole seconds."""

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""A clock that goes on while the machine sleeps."""

_LOOK_EVERY_S = 0.2
_RENEWALS = 5
"""How often a lease is renewed before it would run out."""

_REFUSED = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}


class LeaseHolder(Value):
    """Who holds a lease, as its object says."""

    owner: str
    """Random; another for each time that a lease is held."""

    machine: str
    """The machine, since it was started last."""

    pid: int
    """The process."""

    host: str
    """Name of the machine, for people."""

    n_renewed: int = 0
    """How often it was renewed: so that what it holds is never twice the same."""

    is_free: bool = False
    """Whether its holder has given it back."""

    @property
    def is_dead(self) -> bool:
        """Whether the process is known to be gone, since it ran on this machine."""
        return self.machine == _machine() and not Path(f"/proc/{self.pid}").exists()


class _Seen(NamedTuple):
    holder: LeaseHolder
    tag: str
    age_s: float

    @property
    def is_held(self) -> bool:
        return not (self.holder.is_free or self.holder.is_dead or self.age_s > LEASE_S)


class Lease:
    """A lease as one process knows it."""

    def __init__(self, system: Any, key: str) -> None:
        """Name a lease; nothing is made yet.

        Args:
            system: The object store, an `s3fs.S3FileSystem`.
            key: Bucket and name of the lease's object.
        """
        self._system = system
        self._key = key
        self._bucket, _, self._name = key.partition("/")
        self._me = LeaseHolder(
            owner=uuid.uuid4().hex, machine=_machine(), pid=os.getpid(), host=socket.gethostname()
        )
        self._tag: str | None = None
        self._sure_until = 0.0

    @property
    def is_held(self) -> bool:
        """Whether it is held, and no other process can have taken it over."""
        return self._tag is not None and time.clock_gettime(_CLOCK) < self._sure_until

    def take(self) -> bool:
        """Make it, or take over one that is free or whose holder is dead; tells whether it is held now.

        Raises:
            InvalidSettings: The store lets everybody have it.
        """
        seen = self._write(IfNoneMatch="*")
        if self._tag and self._put(IfNoneMatch="*"):
            raise InvalidSettings(
                f"s3://{self._bucket} ignores conditional writes (If-None-Match), so that no process can keep others from a run; "
                "let warehouse.place name a store that heeds them, or a folder"
            )
        if seen and not seen.is_held:
            self._write(IfMatch=seen.tag)
        return self._tag is not None

    def holder(self) -> str | None:
        """Say who holds it; None where nobody does."""
        seen = self._look()
        if seen is None or not seen.is_held:
            return None
        return f"process {seen.holder.pid} on {seen.holder.host}"

    def renew(self) -> bool:
        """Say that its holder lives; tells whether it was held still, and not taken over while this process stood still."""
        self._me = self._me.model_copy(update={"n_renewed": self._me.n_renewed + 1})
        self._write(IfMatch=self._tag or "")
        return self._tag is not None

    def free(self) -> None:
        """Give it back."""
        if self._tag:
            self._me = self._me.model_copy(update={"is_free": True})
            self._put(IfMatch=self._tag)

    def _write(self, **condition: str) -> _Seen | None:
        """Hold it from now on where the condition holds; returns what another process has written instead."""
        now, tag, other = time.clock_gettime(_CLOCK), self._put(**condition), None
        if tag is None and (seen := self._look()):
            if (
                seen.holder.owner == self._me.owner
            ):  # it was written, and the answer lost on the way
                tag, now = seen.tag, now - seen.age_s
            else:
                other = seen
        self._tag, self._sure_until = tag, now + _SURE_S
        return other

    def _look(self) -> _Seen | None:
        try:
            head = self._system.call_s3("head_object", Bucket=self._bucket, Key=self._name)
            holder = LeaseHolder.model_validate_json(self._system.cat_file(self._key))
        except FileNotFoundError:
            return None
        now = parsedate_to_datetime(head["ResponseMetadata"]["HTTPHeaders"]["date"])
        return _Seen(holder, head["ETag"], (now - head["LastModified"]).total_seconds())

    def _put(self, **condition: str) -> str | None:
        """Write it where the condition holds; returns its tag, None where it does not hold."""
        body = self._me.model_dump_json().encode()
        where = {"Bucket": self._bucket, "Key": self._name}
        try:
            answer = self._system.call_s3("put_object", **where, Body=body, **condition)
        except OSError as error:
            said = getattr(error.__cause__, "response", {}).get("Error", {}).get("Code")
            if said in _REFUSED:
                return None
            raise
        return str(answer["ETag"])


@contextmanager
def hold_lease(system: Any, key: str, wait_s: float = 0.0) -> Iterator[Lease]:
    """Hold a lease for as long as the block runs, renewed from a thread of its own.

    Args:
        system: The object store, an `s3fs.S3FileSystem`.
        key: Bucket and name of the lease's object.
        wait_s: Seconds to wait for another process that holds it.

    Returns:
        The lease; not held where another process holds it.
    """
    from botocore.exceptions import BotoCoreError

    lease = Lease(system, key)
    end = time.monotonic() + wait_s
    while not (is_taken := lease.take()) and time.monotonic() < end:
        time.sleep(_LOOK_EVERY_S)
    if not is_taken:
        yield lease
        return
    is_over = threading.Event()

    def keep() -> None:
        is_held = True
        while is_held and not is_over.wait(LEASE_S / _RENEWALS):
            # Where the store does not answer it is tried again, until the lease has run out.
            with suppress(OSError, BotoCoreError):
                is_held = lease.renew()

    thread = threading.Thread(target=keep, name="lease", daemon=True)
    thread.start()
    try:
        yield lease
    finally:
        is_over.set()
        thread.join()
        # What cannot be given back runs out.
        with suppress(OSError, BotoCoreError):
            lease.free()


def _machine() -> str:
    """Name this machine and its space of process ids, otherwise after each start; where that is unknown, like no other."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    if not boot.exists():
        return f"{socket.gethostname()} {uuid.uuid4().hex}"
    return f"{boot.read_text().strip()} {Path('/proc/self/ns/pid').readlink()}"
