"""Files that are whole or as they were, at whatever moment a process is killed.

What is written goes into a draft beside the file, which then takes its place. Drafts are hidden and end in `.tmp`: what a
killed process leaves of them is read by nobody.
"""

import contextlib
import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

_GONE = ".gone"


@contextmanager
def whole_file(path: Path, *, is_durable: bool = False) -> Iterator[Path]:
    """Lend the place of a draft, which takes the place of `path` when the block ends well and vanishes when not.

    Args:
        path: The file; its folder must be there.
        is_durable: Whether file and name are on the disk before this returns, so that they outlive a loss of power as
            well; it takes the time of two flushes.
    """
    # Named apart for each writer: two processes that write one file must not share a draft.
    draft = path.with_name(f".{uuid4().hex}.tmp")
    try:
        yield draft
        if is_durable:
            _flush(draft)
        draft.replace(path)
        if is_durable:
            _flush(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def write_whole(
    path: Path, content: str | bytes, *, mode: int = 0o666, is_durable: bool = False
) -> None:
    """Write a text, in UTF-8, or bytes in place of what the file held.

    Args:
        path: The file; its folder must be there.
        content: All that it holds from then on.
        mode: Who may read and write it, from its first byte on; what the process's umask forbids is left out.
        is_durable: As in `whole_file`.
    """
    data = content.encode() if isinstance(content, str) else content
    with whole_file(path, is_durable=is_durable) as draft:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)


def remove_folder(folder: Path) -> None:
    """Remove a folder, and what an earlier call left of it: it is gone at once, whoever still writes into it."""
    aside = folder.with_name(f".{folder.name}.{uuid4().hex}{_GONE}")
    with contextlib.suppress(FileNotFoundError):
        folder.rename(aside)
    _remove_gone(folder.parent, glob.escape(folder.name))


def remove_leftovers(parent: Path) -> None:
    """Remove what calls of `remove_folder` left that were killed, of whatever folder in this one."""
    _remove_gone(parent, "*")


def is_leftover(name: str) -> bool:
    """Tell whether a folder is one that was removed, and is there only because that takes time or was broken off."""
    return name.startswith(".") and name.endswith(_GONE)


def _remove_gone(parent: Path, pattern: str) -> None:
    for gone in parent.glob(f".{pattern}.*{_GONE}"):
        shutil.rmtree(gone, ignore_errors=True)


def _flush(path: Path) -> None:
    """Have a file, or the names in a folder, reach the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
