"""Turn every way in which libraries say "disk full" into one error that says what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from winnow.schemas.errors import StorageFull

NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""How the system says that something cannot be written for lack of space."""

_FULL_TEXTS = ("no space left on device", "disk is full", "disk quota exceeded", "file too large")


@contextmanager
def storage_full_named(path: Path | str) -> Iterator[None]:
    """Run a block that writes under `path`.

    Raises:
        StorageFull: No space is left there.
    """
    try:
        yield
    except (OSError, duckdb.Error) as error:
        if not _is_full(error):
            raise
        raise StorageFull(
            f"no space left while writing {path}: {_telling_line(error) or error}; "
            "free some or move the warehouse (warehouse.path), then run it again",
            path=str(path),
        ) from error


def _is_full(error: OSError | duckdb.Error) -> bool:
    return getattr(error, "errno", None) in NO_SPACE or bool(_telling_line(error))


def _telling_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return next((line for line in lines if any(t in line.lower() for t in _FULL_TEXTS)), "")
