"""Staged files that become data files of the warehouse as they are, no row of them written again."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import duckdb

from winnow.schemas.base import Record
from winnow.warehouse.places.folder import Folder
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.sql import is_pattern, quote

_LOCK = ".taking-over.lock"


class TakenOver:
    """Files that a transaction took over; a staged file keeps its own name, and each of the two may be removed."""

    def __init__(self, con: duckdb.DuckDBPyConnection, settings: WarehouseSettings) -> None:
        self._con = con
        self._settings = settings
        self._files: list[Path] = []
        self._is_alone = False

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Begin and end a transaction in this block: only one at a time takes files over, and the others write their rows.

        Two at once end a process: `ducklake_add_data_files` reads what the other one is about to commit (DuckLake 1.0).
        """
        if self._settings.is_remote:
            yield
            return
        with Folder(Path(self._settings.data_address)).alone(_LOCK) as lock:
            self._is_alone = lock.is_held
            yield

    def take(self, record: type[Record], staged: list[Path]) -> bool:
        """Make files those of a table, in the transaction that is open; false where they do not lie on its disk, or it is not alone.

        Args:
            record: Whose table.
            staged: Files with all columns of the record, and rows that the table does not hold.
        """
        address = self._settings.data_address
        if not self._is_alone or is_pattern(address):
            return False
        Path(address, "main", record.table).mkdir(parents=True, exist_ok=True)
        # Named as DuckLake names its own, to the letter: it takes a file for none of its own where the folder is written otherwise.
        links = [f"{address}main/{record.table}/ducklake-{uuid4()}.parquet" for _ in staged]
        self._files += map(Path, links)
        for file, link in zip(staged, links, strict=True):
            try:
                os.utime(file)  # maintenance takes old files that no snapshot names for leftovers
                os.link(file, link)
            except OSError:  # another disk, or one that gives a file one name only
                _remove(map(Path, links))
                return False
        for link in links:
            # A newer Winnow may have added columns to the table.
            self._con.execute(
                f"CALL ducklake_add_data_files('wh', {quote(record.table)}, {quote(link)}, allow_missing => true)"
            )
        return True

    @contextmanager
    def given_back(self) -> Iterator[None]:
        """Remove what was taken over where the block fails; a commit has no place in it.

        Of a commit that was begun nobody knows what became of it, and what it names must not be removed: maintenance finds
        what it does not name.
        """
        try:
            yield
        except BaseException:
            _remove(self._files)
            raise


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
