"""What a job's workers tell its starter while they work: a line each, in a folder that both can reach."""

import contextlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from winnow.pipelines.inference.work import InWork, together
from winnow.schemas.base import Value
from winnow.schemas.whole_files import write_whole

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

    def __init__(self, root: Path) -> None:
        """Tell in the folder `root`, such as an attempt's."""
        self._root = root
        self._path = _new_file(root)

    def __call__(self, notice: Notice | None) -> None:
        """Tell what stands from now on, None for nothing; or something once, beside what stands."""
        # A notice that cannot be written must not stop the work that it is about.
        with contextlib.suppress(OSError):
            if notice is None:
                self._path.unlink(missing_ok=True)
                return
            _write(_new_file(self._root) if notice.is_once else self._path, notice)

    def at_work(self, work: InWork) -> None:
        """Tell how far the worker is; that stands until it is told anew, also when the worker is done."""
        with contextlib.suppress(OSError):
            _write(self._path.with_suffix(_WORK), work)


def current_notices(root: Path) -> dict[str, Notice]:
    """Read what stands now, by worker."""
    found: dict[str, Notice] = {}
    for path in _files(root, _NOTICE):
        with contextlib.suppress(OSError, ValueError):
            found[path.stem] = Notice.model_validate_json(path.read_text("utf-8"))
    return found


def _new_file(root: Path) -> Path:
    return root / f"{uuid.uuid4().hex}{_NOTICE}"


def at_work(root: Path) -> InWork | None:
    """Read how far all workers are together; None where none has told yet."""
    told: list[InWork] = []
    for path in _files(root, _WORK):
        with contextlib.suppress(OSError, ValueError):
            told.append(InWork.model_validate_json(path.read_text("utf-8")))
    return together(told)


def _write(path: Path, told: Value) -> None:
    write_whole(path, told.model_dump_json())


def _files(root: Path, ending: str) -> Sequence[Path]:
    try:
        return sorted(p for p in root.iterdir() if p.suffix == ending)
    except OSError:
        return []
