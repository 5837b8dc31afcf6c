"""Every error that Winnow raises on purpose.

CurationError                  printed as one line, exit status 1
├── InvalidSettings            a setting is wrong: file, key, value and way out are in the text
├── MalformedInput             an input file as a whole cannot be used
├── MissingPackage             an optional package is needed; the text says how to install it
├── AlreadyExists              something stands where a file or folder is to be written
├── NothingToExport            no row of the release fits the format; the text says why
├── ExportFailed               the release is published, an export of it failed; the text says which and why
├── UnknownName                no judge, model, format, release ... of that name; lists the known ones
├── TargetRefused          gold does not show that enough labels are right: nothing was kept
├── Unpublishable              too much was refused or unreadable, or nothing is left: nothing was published
├── AuditFailed                staged rows break a contract: nothing was published
├── WarehouseTooNew            the warehouse was written by a newer Winnow
├── EndpointRefuses            an inference server answers no request: key, credit, address, certificate
├── StorageFull                no space left where Winnow writes
├── ProcessLost                a process of ours was killed, such as for want of memory
├── EngineBroken               the engine in this process broke down, such as for want of memory
├── WorkerLost                 a worker process of a job on this machine died
├── EndpointUnavailable        no inference server answered before the deadline: that was waited for already
├── ClusterUnreachable         nothing answers where the settings say that Beam's jobs run
└── TransientError             the same call may succeed later: retried, and only this one
    ├── PublishConflict        another run published first
    ├── WarehouseBusy          the catalog is locked by another process
    └── ArgillaUnavailable     the Argilla server did not answer, or broke off

Stopped is none of them: someone asked the process to end (Ctrl-C, SIGTERM, SIGHUP), and no code of ours holds it up.

A malformed line or an unreadable reply is not an error but data: see `winnow.schemas.rejects`.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Self

from winnow.schemas.redaction import redacted

GO_ON = ", then give the same command again: what was answered is kept"
"""How a run goes on that a server or an engine has stopped."""


class CurationError(Exception):
    """Something the person who started Winnow can put right; its text says how and holds no secret.

    Keyword arguments become attributes, so that callers need not parse the text. Pickles whole, since errors
    cross process borders.
    """

    def __init__(self, message: str, **facts: Any) -> None:
        self.message = redacted(message)
        super().__init__(self.message)
        self.facts = facts

    def __getattr__(self, name: str) -> Any:
        facts = self.__dict__.get("facts", {})
        if name in facts:
            return facts[name]
        raise AttributeError(name)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.facts)


def _rebuild(kind: type[CurationError], message: str, facts: dict[str, Any]) -> CurationError:
    error = kind.__new__(kind)
    CurationError.__init__(error, message, **facts)
    return error


class InvalidSettings(CurationError):
    """A setting is wrong."""


class MalformedInput(CurationError):
    """An input file as a whole cannot be used."""


class MissingPackage(CurationError):
    """An optional package is not installed."""


class AlreadyExists(CurationError):
    """Something stands where a file or folder is to be written."""


class NothingToExport(CurationError):
    """No row of a release fits the format."""


class ExportFailed(CurationError):
    """A release is published, but not every export of it could be written."""


class UnknownName(CurationError, ValueError):
    """A name that is not in the list it has to come from.

    Also a ValueError, so that pydantic adds the place in the settings where it was met.
    """

    @classmethod
    def among(cls, what: str, name: str, known: Iterable[str]) -> Self:
        """Compose "no judge named 'x'; known judges: ...", nearest name first where one is near."""
        names = sorted(known)
        near = get_close_matches(name, names, n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        many = f"{what[:-1]}ies" if what.endswith("gy") else f"{what}s"
        return cls(
            f"no {what} named {name!r}{hint}; known {many}: {', '.join(names) or 'none'}",
            name=name,
            known=names,
        )


class TargetRefused(CurationError):
    """Gold does not show that the labels which a target would keep are right often enough."""


class Unpublishable(CurationError):
    """What a run has is no release that anyone would want, and its settings do not allow it."""


class AuditFailed(CurationError):
    """Staged rows break a contract; nothing was published."""


class WarehouseTooNew(CurationError):
    """The warehouse was written by a newer Winnow."""


class StorageFull(CurationError):
    """No space is left where Winnow writes: each further answer would be paid for and lost."""


class EndpointRefuses(CurationError):
    """An inference server answers no request of this account, and waiting does not help."""


class EndpointUnavailable(CurationError):
    """No inference server answered before the deadline, to which it was waited for."""


class ClusterUnreachable(CurationError):
    """Nothing answers where the settings say that Beam's jobs run."""


class ProcessLost(CurationError):
    """A process that did part of the work was killed, or ended otherwise."""


class EngineBroken(CurationError):
    """The engine in this process broke down."""


class WorkerLost(CurationError):
    """A worker process of a job died."""


class Stopped(KeyboardInterrupt):
    """Someone asked the process to end; nothing went wrong, and nothing is tried again."""


class TransientError(CurationError):
    """The same call may succeed later."""


class PublishConflict(TransientError):
    """Another run published first."""


class WarehouseBusy(TransientError):
    """The catalog is locked by another process."""


class ArgillaUnavailable(TransientError):
    """The Argilla server did not answer, or broke off in the middle."""
