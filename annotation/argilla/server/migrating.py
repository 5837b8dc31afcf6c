"""The newest layout of Argilla's database, wholly or not at all. Loaded inside the Argilla server's environment, like `inside.py`.

Python's SQLite driver commits every change of a table at once, so that Alembic takes SQLite to have no transactions
there. It has: with the driver's commits off, a migration that is killed leaves the database as it was, and the next
one does not meet half of its tables.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import alembic.config
from alembic.ddl.sqlite import SQLiteImpl
from argilla_server.database import ALEMBIC_CONFIG_FILE
from argilla_server.settings import settings
from sqlalchemy import event
from sqlalchemy.engine import Engine


def migrate() -> None:
    """Bring the database to the newest layout in one transaction."""
    command = ["-c", ALEMBIC_CONFIG_FILE, "upgrade", "head"]
    if not settings.database_is_sqlite:
        return alembic.config.main(argv=command)
    with _transactions_of_sqlite():
        return alembic.config.main(argv=command)


@contextmanager
def _transactions_of_sqlite() -> Iterator[None]:
    """Have SQLAlchemy begin transactions itself, where the driver would begin none, and Alembic know it."""
    SQLiteImpl.transactional_ddl = True
    event.listen(Engine, "connect", _leave_to_us)
    event.listen(Engine, "begin", _begin)
    try:
        yield
    finally:
        event.remove(Engine, "connect", _leave_to_us)
        event.remove(Engine, "begin", _begin)


def _leave_to_us(connection: Any, _: Any) -> None:
    connection.isolation_level = None


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
