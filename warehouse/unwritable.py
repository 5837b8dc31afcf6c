"""Read a catalog where nothing may be written: SQLite itself would write beside it, even to read."""

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from winnow.schemas.errors import InvalidSettings


def may_write(catalog: Path) -> bool:
    """Tell whether this user may change a catalog file and what lies beside it."""
    there = [path for path in (catalog, catalog.parent) if path.exists()]
    return all(os.access(path, os.W_OK) for path in there)


def refuse_unwritable(catalog: Path) -> None:
    """Check that a catalog can be opened for writing.

    Raises:
        InvalidSettings: This user may not write it, or not read it.
    """
    if not may_write(catalog):
        raise InvalidSettings(
            f"you may not write the warehouse in {catalog.parent}, and this would; ask its owner for the right, or "
            "name a warehouse of your own",
            path=str(catalog),
        )


class CatalogCopy:
    """A catalog as it was when it was opened, in a folder of its own until `close`.

    Raises:
        InvalidSettings: This user may not read it.
    """

    def __init__(self, catalog: Path) -> None:
        self._folder = TemporaryDirectory(prefix="winnow-catalog-")
        self.file = Path(self._folder.name) / "catalog.sqlite"
        try:
            self._copy(catalog)
        except PermissionError as error:
            self.close()
            raise InvalidSettings(
                f"you may not read the warehouse in {catalog.parent} ({error.filename}: {error.strerror}); "
                "ask its owner for the right",
                path=str(catalog),
            ) from error

    def _copy(self, catalog: Path) -> None:
        log = catalog.with_name(f"{catalog.name}-wal")
        while True:
            before = catalog.stat()
            shutil.copyfile(catalog, self.file)
            self.file.with_name(f"{self.file.name}-wal").unlink(missing_ok=True)
            if log.exists():
                shutil.copyfile(log, self.file.with_name(f"{self.file.name}-wal"))
            # The log is read as far as it is whole; the catalog changes only when the log is written back into it.
            if catalog.stat().st_mtime_ns == before.st_mtime_ns:
                return

    def close(self) -> None:
        """Remove the copy."""
        self._folder.cleanup()
