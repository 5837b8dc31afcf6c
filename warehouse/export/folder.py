"""Write a folder whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from winnow.schemas.errors import AlreadyExists, StorageFull
from winnow.warehouse.storage import NO_SPACE

MARK = "lineage.json"
"""The file by which an earlier export is known, so that --overwrite never deletes anything else."""


@contextmanager
def new_folder(out: Path, *, overwrite: bool) -> Iterator[Path]:
    """Lend an empty folder beside `out` that takes its place when all went well, and vanishes when not.

    Raises:
        AlreadyExists: `out` is there and must not, or cannot, be replaced.
        StorageFull: No space is left where `out` lies.
    """
    _check(out, overwrite)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as scratch:
            draft = Path(scratch) / "new"
            draft.mkdir()
            yield draft
            if out.exists():
                out.rename(Path(scratch) / "old")
            draft.rename(out)
    except OSError as error:
        if error.errno not in NO_SPACE:
            raise
        free_mb = shutil.disk_usage(out.parent).free // 2**20
        raise StorageFull(
            f"no space left while writing {out}: {free_mb} MiB are free; free some or choose another place"
        ) from error


def _check(out: Path, overwrite: bool) -> None:
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not (out / MARK).is_file():
        raise AlreadyExists(
            f"{out} exists and holds no export; choose another place, or remove it yourself",
            path=str(out),
        )
    if not overwrite:
        raise AlreadyExists(
            f"{out} already holds an export; choose another place, or replace it with --overwrite",
            path=str(out),
        )
