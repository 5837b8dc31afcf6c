"""The DuckLake catalog: open it, query it as it is or as it was."""

import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import duckdb
import pyarrow as pa

from winnow.schemas.errors import InvalidSettings, WarehouseBusy, WarehouseTooNew
from winnow.schemas.tables import PUBLISHED
from winnow.warehouse.connection import connect
from winnow.warehouse.releases import snapshot_of
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.sql import quote
from winnow.warehouse.storage import storage_full_named
from winnow.warehouse.tables import (
    FORMAT_VERSION,
    create_missing_tables,
    format_version,
    longest_table,
    stand_for_missing,
)
from winnow.warehouse.unwritable import CatalogCopy, may_write, refuse_unwritable

_LOCKED_TEXTS = ("database is locked", "database table is locked")
_CONFLICT_TEXTS = ("transaction conflict", "could not serialize", "deadlock detected")
_UNREACHABLE_TEXTS = ("unable to connect to postgres", "connection to server")
_ROW_GROUP = 122_880
"""Rows that DuckDB scans as one piece, which one thread works on."""
_RECORDED_DATA_PATH = re.compile(r'does not match existing data path in the catalog "([^"]*)"')

T = TypeVar("T")


def is_locked(error: duckdb.Error) -> bool:
    """Tell whether another process held the catalog; with SQLite, also whether it committed first."""
    return any(text in str(error).lower() for text in _LOCKED_TEXTS)


def is_conflict(error: duckdb.Error) -> bool:
    """Tell whether another transaction changed the same rows first."""
    return any(text in str(error).lower() for text in _CONFLICT_TEXTS)


class Warehouse:
    """An open warehouse; a context manager.

    Any number of processes may have it open, to read and to write: each statement sees the newest committed
    snapshot, and a reader never waits for a writer.
    """

    def __init__(
        self,
        settings: WarehouseSettings,
        con: duckdb.DuckDBPyConnection,
        *,
        read_only: bool,
        copy: CatalogCopy | None = None,
    ) -> None:
        self.settings = settings
        self.read_only = read_only
        self.con = con
        """DuckDB connection whose current database is the warehouse."""
        self._copy = copy
        self._missing: dict[str | None, list[str]] = {}
        """What stands for what a release lacks, by its name; None for the warehouse as it is."""
        self._snapshots: dict[str, int] = {}
        """Snapshots of the releases that were looked at; a name with its number never comes to mean another."""

    @classmethod
    def open(
        cls, settings: WarehouseSettings, *, read_only: bool = False, create: bool = True
    ) -> Self:
        """Open the warehouse.

        Args:
            settings: Where it lives.
            read_only: Refuse every change; the warehouse must exist.
            create: Make it where there is none.

        Raises:
            InvalidSettings: There is no warehouse, or the settings do not fit the one that is there.
            WarehouseTooNew: It was written by a newer Winnow.
            WarehouseBusy: The catalog stayed locked, or its server does not answer.
            MissingPackage: An extension that the settings need is not installed.
        """
        create = create and not read_only
        _check_place(settings, create=create)
        file, copy = settings.catalog_file, None
        if file is not None and not read_only:
            refuse_unwritable(file)
        elif file is not None and not may_write(file):
            copy = CatalogCopy(file)
        warehouse = cls(settings, connect(settings), read_only=read_only, copy=copy)
        try:
            warehouse.patiently(lambda: warehouse._open(create=create))
        except BaseException:
            warehouse.close()
            raise
        return warehouse

    def query(
        self, sql: str, at: str | None = None, parameters: dict[str, Any] | None = None
    ) -> pa.Table:
        """Run SQL; what an older warehouse or release lacks is empty, or has its default.

        Args:
            sql: One or more statements; the last one gives the result.
            at: Release such as "preferences@1": see the warehouse as it was when that was published.
            parameters: Values of `$name` in the SQL.

        Returns:
            The rows.

        Raises:
            UnknownName: No such release.
            duckdb.Error: The SQL is wrong.
        """
        cursor = self.con.cursor() if at is None else self._cursor_at(at)
        with cursor:
            if at is None:
                cursor.execute("USE wh")
            if at is not None or self.read_only:
                self._stand_for_missing(cursor, at)
            return self.patiently(lambda: cursor.execute(sql, parameters).to_arrow_table())

    def patiently(self, action: Callable[[], T]) -> T:
        """Do something that needs the catalog, again while it is locked, for `busy_timeout_s` at most.

        Raises:
            WarehouseBusy: It stayed locked, or its server does not answer.
        """
        deadline = time.monotonic() + self.settings.busy_timeout_s
        while True:
            try:
                return action()
            except duckdb.Error as error:
                if _is_unreachable(error):
                    raise _unreachable(self.settings, error) from error
                if not is_locked(error):
                    raise
                if time.monotonic() >= deadline:
                    raise _busy(self.settings) from error
                # Uneven, so that processes which were refused together do not come back together.
                time.sleep(random.uniform(0.05, 0.25))

    def close(self) -> None:
        """Close the connection; open results stay usable."""
        self.con.close()
        if self._copy is not None:
            self._copy.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _stand_for_missing(self, cursor: duckdb.DuckDBPyConnection, at: str | None) -> None:
        if at not in self._missing:
            self._missing[at] = list(stand_for_missing(cursor))
        for statement in self._missing[at]:
            cursor.execute(statement)

    def _cursor_at(self, release: str) -> duckdb.DuckDBPyConnection:
        snapshot = self._snapshots.get(release) or self._find_snapshot(release)
        cursor = self.con.cursor()
        self._attach(cursor, name=f"at_{snapshot}", snapshot=snapshot)
        cursor.execute(f"USE at_{snapshot}")
        return cursor

    def _find_snapshot(self, release: str) -> int:
        snapshot = snapshot_of(self, release)
        if release.rpartition("@")[2].isdecimal():
            self._snapshots[release] = snapshot
        return snapshot

    def _open(self, *, create: bool) -> None:
        self.con.execute("USE memory")
        self.con.execute("DETACH DATABASE IF EXISTS wh")
        try:
            self._attach(self.con, name="wh", read_only=self.read_only, create=create)
        except duckdb.Error as error:
            raise _explained(self.settings, error) from error
        self.con.execute("USE wh")
        _check_data_path(self.settings, self.con)
        _check_format(self.settings, self.con, create=create)
        if not self.read_only:
            create_missing_tables(self.con)
        elif longest_table(self.con) < _ROW_GROUP:
            # There is no work for a second thread, and waiting for some takes as much of a processor as the first works.
            self.con.execute("SET threads = 1")

    def _attach(
        self,
        con: duckdb.DuckDBPyConnection,
        *,
        name: str,
        read_only: bool = True,
        create: bool = False,
        snapshot: int | None = None,
    ) -> None:
        settings = self.settings
        address = f"sqlite:{self._copy.file}" if self._copy else settings.catalog_address
        options = [f"DATA_PATH {quote(settings.data_address)}"]
        if settings.is_one_folder:
            # Files are known by their place below data/, so a warehouse may be moved with its folder.
            options.append("OVERRIDE_DATA_PATH true")
        if settings.catalog_file is not None:
            # With a write-ahead log, readers and the one who commits do not lock each other out.
            wait_ms = int(min(settings.busy_timeout_s, 1.0) * 1000)
            options += ["META_JOURNAL_MODE 'WAL'", f"META_BUSY_TIMEOUT {wait_ms}"]
        if snapshot is not None:
            options.append(f"SNAPSHOT_VERSION {snapshot}")
        if read_only:
            options.append("READ_ONLY")
        options.append(f"CREATE_IF_NOT_EXISTS {create}")
        place = quote(f"ducklake:{address}")
        con.execute(f"ATTACH IF NOT EXISTS {place} AS {name} ({', '.join(options)})")


def _check_place(settings: WarehouseSettings, *, create: bool) -> None:
    file = settings.catalog_file
    if file is not None and not file.exists() and not create:
        raise InvalidSettings(
            f"no warehouse at {file}; make one with `winnow run`, or set warehouse.path to one",
            path=str(file),
        )
    if create:
        with storage_full_named(settings.path):
            for folder in filter(None, [settings.path, file.parent if file else None]):
                _make_folder(folder)
            for folder in _folders_of_tables(settings):
                _make_folder(folder)


def _folders_of_tables(settings: WarehouseSettings) -> list[Path]:
    """List the folders that DuckDB cannot make itself: it takes a backslash in a name for a slash."""
    if settings.is_remote or "\\" not in settings.data_address:
        return []
    tables = ["winnow_meta", *(record.table for record in PUBLISHED)]
    return [Path(settings.data_address) / "main" / table for table in tables]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise InvalidSettings(
            f"warehouse.path: cannot make the folder {folder} ({error.strerror}); name another",
            path=str(folder),
        ) from error


def _check_data_path(settings: WarehouseSettings, con: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT value FROM ducklake_options('wh') WHERE option_name = 'data_path'"
    for (recorded,) in con.execute(sql).fetchall():
        if settings.is_one_folder and ("://" in recorded or not recorded.endswith("/data/")):
            raise _other_data_path(settings, recorded)


def _other_data_path(settings: WarehouseSettings, recorded: str) -> InvalidSettings:
    return InvalidSettings(
        f"warehouse.data_path is {settings.data_path or settings.data_address}, but the files of {settings.catalog_address} "
        f"lie at {recorded}; set warehouse.data_path to that",
        recorded=recorded,
    )


def _check_format(
    settings: WarehouseSettings, con: duckdb.DuckDBPyConnection, *, create: bool
) -> None:
    found = format_version(con)
    if found is None and not create:
        raise InvalidSettings(
            f"{settings.catalog_address} is a DuckLake catalog without Winnow's tables; "
            "make them with `winnow run`, or set warehouse.path to a warehouse"
        )
    if found is not None and found > FORMAT_VERSION:
        raise WarehouseTooNew(
            f"warehouse {settings.catalog_address} was written by winnow format {found}, "
            f"this one reads up to {FORMAT_VERSION}; upgrade winnow",
            found=found,
            known=FORMAT_VERSION,
        )


def _explained(settings: WarehouseSettings, error: duckdb.Error) -> Exception:
    text = str(error)
    if "does not exist - and creating" in text:
        return InvalidSettings(
            f"no warehouse at {settings.catalog_address}; make one with `winnow run`, "
            "or set warehouse.catalog to one"
        )
    if found := _RECORDED_DATA_PATH.search(text):
        return _other_data_path(settings, found[1])
    if "DuckLake catalog version" in text or "DuckLake versions" in text:
        return WarehouseTooNew(
            f"warehouse {settings.catalog_address} has a DuckLake catalog that this one cannot read "
            f"({_one_line(error)}); upgrade winnow"
        )
    if is_locked(error) or _is_unreachable(error):
        return error
    return InvalidSettings(
        f"the catalog {settings.catalog_address} cannot be opened ({_one_line(error).rpartition(': ')[2]}); "
        "name a warehouse, or put its catalog back from a copy"
    )


def _is_unreachable(error: duckdb.Error) -> bool:
    return any(text in str(error).lower() for text in _UNREACHABLE_TEXTS)


def _unreachable(settings: WarehouseSettings, error: duckdb.Error) -> WarehouseBusy:
    return WarehouseBusy(
        f"the catalog {settings.catalog_address} does not answer ({_one_line(error)}); "
        "start its server or set warehouse.catalog"
    )


def _busy(settings: WarehouseSettings) -> WarehouseBusy:
    return WarehouseBusy(
        f"the catalog {settings.catalog_address} stayed locked for {settings.busy_timeout_s:g} s; "
        "wait for the other process to end, or raise warehouse.busy_timeout_s",
        timeout_s=settings.busy_timeout_s,
    )


def _one_line(error: duckdb.Error) -> str:
    return " ".join(str(error).split())
