"""What a step's own plug-ins are made of: whoever edits a judge or its prompt between two starts of a run means what it asks now."""

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from winnow.pipelines.steps.step import Step
from winnow.schemas.plug_ins import PlugInSettings

_TEXTS = {".py", ".md", ".txt", ".json", ".yaml", ".yml", ".toml", ".jinja", ".j2"}
_MOST_BYTES = 2**20
"""Larger files beside a plug-in are data, and no part of it."""

_OWN = "winnow.annotation"
_OTHERS = {*sys.stdlib_module_names, "pydantic"}


def own_code(step: Step) -> list[tuple[str, str]]:
    """Name a step and its plug-ins with their versions, then the files of code and text that they are made of with their SHA-256.

    Those are, for a class and each that it extends, its module, and the package that this lies in; where it lies in none, the
    texts beside it and in the folders there. Of Winnow it is what judges and verifiers are made of. What was typed into a
    prompt of Python has no file, and is never the same.
    """
    kinds = list(_kinds(step))
    modules = {base.__module__ for kind in kinds for base in kind.__mro__}
    hashes: dict[str, str] = {}
    for name in modules:
        top = name.partition(".")[0]
        file = getattr(sys.modules.get(name), "__file__", None)
        if top in _OTHERS:
            continue
        if file is None:
            hashes[name] = uuid4().hex
        elif name.startswith(f"{_OWN}."):
            hashes |= _annotation()
        elif top == "winnow":
            hashes |= _hashes([Path(file)])
        else:
            hashes |= _hashes([_module(Path(file)), *_beside(Path(file))])
    return [(kind.name, str(kind.version)) for kind in kinds] + sorted(hashes.items())


def _kinds(step: Step) -> Iterator[Any]:
    yield type(step)
    own = (getattr(step, name) for name in type(step).model_fields)
    for entry in (*getattr(step, "entries", ()), *own):
        if isinstance(entry, PlugInSettings):
            yield type(entry.build())


def _module(file: Path) -> Path:
    """Return the file that holds a module: an archive, where it was imported from one."""
    return next((one for one in (file, *file.parents) if one.is_file()), file)


def _beside(file: Path) -> Iterator[Path]:
    """List the texts of the outermost package that a module lies in; where it lies in none, those beside it."""
    folder = file.absolute().parent
    is_package = (folder / "__init__.py").is_file()
    while (folder.parent / "__init__.py").is_file():
        folder = folder.parent
    for at, folders, names in os.walk(folder, followlinks=not is_package):
        is_deep = not is_package and Path(at) != folder
        folders[:] = [] if is_deep else [name for name in folders if name[0] != "."]
        for path in (Path(at, name) for name in names):
            with suppress(OSError):  # it is gone since, or nobody may read it
                if path.suffix in _TEXTS and path.stat().st_size <= _MOST_BYTES:
                    yield path


@cache
def _annotation() -> dict[str, str]:
    """Hash what the judges and verifiers of Winnow are made of."""
    folder = Path(str(sys.modules[_OWN].__file__)).parent
    return _hashes(path for path in folder.glob("**/*") if path.suffix in _TEXTS)


def _hashes(files: Iterable[Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in files:
        with suppress(OSError):
            found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
