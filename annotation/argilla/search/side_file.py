"""The file beside Argilla's database that holds what it cannot answer fast: words and vectors.

Losing it loses nothing. What is missing or outdated in it is read from the database again before it is used.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from argilla_server.settings import settings

Found = TypeVar("Found")

_VERSION = 2
"""Grows when texts are read otherwise: then all words are read again."""

_LAYOUT = f"""
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS documents (
    number INTEGER PRIMARY KEY, dataset_id TEXT NOT NULL, record_id TEXT NOT NULL UNIQUE, version TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS documents_of_dataset ON documents (dataset_id, record_id, version);
CREATE TABLE IF NOT EXISTS fields (dataset_id TEXT NOT NULL, field_id TEXT NOT NULL PRIMARY KEY);
CREATE TABLE IF NOT EXISTS vectors (
    settings_id TEXT NOT NULL, record_id TEXT NOT NULL, version TEXT NOT NULL, direction BLOB NOT NULL,
    PRIMARY KEY (settings_id, record_id)
) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
"""
_PATIENCE_S = 60


@contextmanager
def opened() -> Iterator[sqlite3.Connection]:
    """Open the file for one transaction, making it where it is missing."""
    path = Path(settings.home_path) / "search.sqlite"
    with closing(sqlite3.connect(path, timeout=_PATIENCE_S)) as connection:
        connection.execute("PRAGMA synchronous = NORMAL")
        if _version(connection) != _VERSION:
            _forget_words(connection)
            connection.executescript(_LAYOUT)
        with connection:
            yield connection


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _forget_words(connection: sqlite3.Connection) -> None:
    """Forget the words that an older version read, unless another process has done so just now."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        if _version(connection) in (0, _VERSION):
            return
        for (field_id,) in connection.execute("SELECT field_id FROM fields").fetchall():
            connection.execute(f"DROP TABLE words_{field_id}")
        connection.execute("DELETE FROM fields")
        connection.execute("DELETE FROM documents")


async def in_thread(do: Callable[[sqlite3.Connection], Found]) -> Found:
    """Do something with the file, in one transaction, without holding up other requests."""

    def work() -> Found:
        with opened() as connection:
            return do(connection)

    return await asyncio.to_thread(work)
