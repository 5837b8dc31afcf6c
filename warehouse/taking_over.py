"""Staged files that become data files of the warehouse as they are, no row of them written again."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import duckdb

from winnow.schemas.base import Record
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.sql import is_pattern, quote


class TakenOver:
    """Files that a transaction took over; a staged file keeps its own name, and each of the two may be removed."""

    def __init__(self, con: duckdb.DuckDBPyConnection, settings: WarehouseSettings) -> None:
        self._con = con
        self._settings = settings
        self._files: list[Path] = []

    def take(self, record: type[Record], staged: list[Path]) -> bool:
        """Make files those of a table, in the transaction that is open; false where they do not lie on its disk.

        Args:
            record: Whose table.
            staged: Files with all columns of the record, and rows that the table does not hold.
        """
        address = self._settings.data_address
        if self._settings.is_remote or is_pattern(address):
            return False
        folder = Path(address) / "main" / record.table
        linked = [folder / f"ducklake-{uuid4()}.parquet" for _ in staged]
        folder.mkdir(parents=True, exist_ok=True)
        for file, link in zip(staged, linked, strict=True):
            try:
                os.link(file, link)
            except OSError:  # another disk, or one that gives a file one name only
                return False
            self._files.append(link)
            os.utime(link)  # maintenance takes old files that no snapshot names for leftovers
        for link in linked:
            self._con.execute(
                f"CALL ducklake_add_data_files('wh', {quote(record.table)}, {quote(str(link))})"
            )
        return True

    @contextmanager
    def given_back(self) -> Iterator[None]:
        """Remove what was taken over where the block, which ends with the commit, fails."""
        try:
            yield
        except BaseException:
            for file in self._files:
                file.unlink(missing_ok=True)
            raise
