"""The files that a step's own plug-ins are made of: whoever edits a judge between two starts of a run means what it asks now."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from winnow.pipelines.steps.step import Step
from winnow.schemas.plug_ins import PlugInSettings


def own_code(step: Step) -> list[tuple[str, int, int]]:
    """List the files beside what defines a step and its plug-ins: path, bytes, when it was written in nanoseconds.

    Those of Winnow are not among them: its version stands in the id of a run. What was typed into a prompt of Python has no
    file, and is never the same.
    """
    folders = set()
    for kind in _kinds(step):
        if not kind.__module__.startswith("winnow."):
            try:
                folders.add(Path(inspect.getfile(kind)).absolute().parent)
            except TypeError:
                return [(uuid4().hex, 0, 0)]
    files = sorted(path for folder in folders for path in folder.iterdir() if path.is_file())
    return [(str(path), (facts := path.stat()).st_size, facts.st_mtime_ns) for path in files]


def _kinds(step: Step) -> Iterator[type]:
    yield type(step)
    for entry in getattr(step, "entries", ()):
        if isinstance(entry, PlugInSettings):
            yield type(entry.build())
