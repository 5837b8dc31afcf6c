"""What a job's workers tell its starter while they work: a line each, in a place that both can reach."""

import contextlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from winnow.pipelines.inference.work import InWork, together
from winnow.schemas.base import Value
from winnow.schemas.errors import CurationError
from winnow.warehouse.places.folder import as_place
from winnow.warehouse.places.place import Place

Told = TypeVar("Told", bound=Value)

_NOTICE = ".notice"
_WORK = ".work"


class Notice(Value):
    """What a worker does that is worth a line, such as waiting for a server."""

    what: str
    """One word for it, such as "waiting"."""

    text: str
    """The rest of the line: for what or whom, since when, until when."""

    is_once: bool = False
    """Whether it is said once and done with, instead of standing until something else is told."""


Tell = Callable[[Notice | None], None]
"""Takes what stands from now on instead of what was told before; None where nothing stands any more."""

OnNotices = Callable[[Mapping[str, Notice]], None]
"""Takes what stands now, by worker."""


def tell_nobody(notice: Notice | None) -> None:
    """Take what nobody wants to know."""


class Teller:
    """Tells what one worker does; each has files of its own, and so has each thing that is said once."""

    def __init__(self, root: Place | Path) -> None:
        """Tell in the place `root`, such as an attempt's."""
        self._root = as_place(root)
        self._name = uuid.uuid4().hex

    def __call__(self, notice: Notice | None) -> None:
        """Tell what stands from now on, None for nothing; or something once, beside what stands."""
        # A notice that cannot be written must not stop the work that it is about.
        with contextlib.suppress(OSError, CurationError):
            if notice is None:
                self._root.remove(f"{self._name}{_NOTICE}")
                return
            name = uuid.uuid4().hex if notice.is_once else self._name
            _write(self._root, f"{name}{_NOTICE}", notice)

    def at_work(self, work: InWork) -> None:
        """Tell how far the worker is; that stands until it is told anew, also when the worker is done."""
        with contextlib.suppress(OSError, CurationError):
            _write(self._root, f"{self._name}{_WORK}", work)


def current_notices(root: Place | Path) -> dict[str, Notice]:
    """Read what stands now, by worker."""
    return {name.removesuffix(_NOTICE): told for name, told in _told(root, _NOTICE, Notice)}


def at_work(root: Place | Path) -> InWork | None:
    """Read how far all workers are together; None where none has told yet."""
    return together(told for _, told in _told(root, _WORK, InWork))


def _write(root: Place, name: str, told: Value) -> None:
    if root.folder is not None and not root.folder.is_dir():
        return  # the job is over
    content = told.model_dump_json().encode()
    root.write(name, lambda file: file.write(content), is_durable=False)


def _told(root: Place | Path, ending: str, kind: type[Told]) -> Iterator[tuple[str, Told]]:
    """Read the files of an ending, by name; what cannot be read now is read the next time."""
    place = as_place(root)
    with contextlib.suppress(OSError, CurationError):
        for name in [entry.name for entry in place.entries() if entry.name.endswith(ending)]:
            with contextlib.suppress(FileNotFoundError, ValueError):
                yield name, kind.model_validate_json(bytes(place.content(name)))
