"""Database connections for many people at once. Loaded inside the Argilla server's environment, like `inside.py`.

Argilla's own pool has 15 connections for SQLite and gives up after 30 seconds. SQLite lets one write at a time and has
the others try again at moments of their own, each with its connection, so that whoever waits longest may wait on.
"""

import asyncio
from typing import Any

from argilla_server.database import AsyncSessionLocal
from argilla_server.settings import settings
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

_PATIENCE_S = 300
"""How long a request waits for one of PostgreSQL's connections, of which there is a limit."""

_N_KEPT = 20
"""SQLite connections that stay open between requests; more come and go with the crowd."""

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
_TURN = "winnow_turn"


def make_room() -> None:
    """Have Argilla's sessions wait in line instead of failing: for a connection, and on SQLite for their turn to write."""
    if settings.database_is_sqlite:
        engine = create_async_engine(
            settings.database_url,
            **settings.database_engine_args,
            pool_size=_N_KEPT,
            max_overflow=-1,
        )
        _write_in_turn(engine)
    else:
        engine = create_async_engine(
            settings.database_url, **settings.database_engine_args, pool_timeout=_PATIENCE_S
        )
    AsyncSessionLocal.configure(bind=engine)


def _write_in_turn(engine: AsyncEngine) -> None:
    """Let transactions write one after the other, first come, first served; readers never wait."""
    turn = asyncio.Lock()

    def wait(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith(_WRITES) and not connection.info.get(_TURN):
            await_only(turn.acquire())
            connection.info[_TURN] = True

    def pass_on(_: Any, record: Any) -> None:
        if record.info.pop(_TURN, False):
            turn.release()

    event.listen(engine.sync_engine, "before_cursor_execute", wait)
    event.listen(engine.sync_engine, "checkin", pass_on)
