"""No item of a queue gets more answers than it is to have. Loaded inside the Argilla server's environment, like `inside.py`.

Argilla takes an item out of everybody's queue once it has its answers, but whoever has it open by then may still submit. Here
that is refused, which the page shows before it goes on to the next item; an answer that was given may be changed as before, and an item put aside.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from argilla_server.contexts import datasets
from argilla_server.enums import ResponseStatus
from argilla_server.errors.future import UnprocessableEntityError
from argilla_server.models import Record, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

_SHOWN = "shown"
"""Metadata of the items of queues, as `winnow.annotation.queues.forms` names it: other people's records are left to Argilla."""

_locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
"""One a record while somebody submits an answer to it; the server is one process."""

Change = Callable[..., Awaitable[Any]]


def hold_caps() -> None:
    """Have Argilla refuse what would be an answer too many."""
    create, update, upsert = (
        datasets.create_response,
        datasets.update_response,
        datasets.upsert_response,
    )

    async def created(db: AsyncSession, engine: Any, record: Record, user: Any, said: Any) -> Any:
        return await _within(create, db, engine, record, user, said, record=record, user_id=user.id)

    async def updated(db: AsyncSession, engine: Any, response: Response, said: Any) -> Any:
        return await _within(
            update, db, engine, response, said, record=response.record, user_id=response.user_id
        )

    async def upserted(db: AsyncSession, engine: Any, record: Record, user: Any, said: Any) -> Any:
        return await _within(upsert, db, engine, record, user, said, record=record, user_id=user.id)

    datasets.create_response = created
    datasets.update_response = updated
    datasets.upsert_response = upserted


async def _within(
    change: Change, db: AsyncSession, *given: Any, record: Record, user_id: UUID
) -> Any:
    """Make a change of an answer, the last of what is given, where its item has room for it."""
    if given[-1].status != ResponseStatus.submitted or _SHOWN not in (record.metadata_ or {}):
        return await change(db, *given)
    async with _locks.setdefault(record.id, asyncio.Lock()):
        await _check(db, record, user_id)
        return await change(db, *given)


async def _check(db: AsyncSession, record: Record, user_id: UUID) -> None:
    is_submitted = (Response.record_id == record.id, Response.status == ResponseStatus.submitted)
    is_mine = Response.user_id == user_id
    n_mine = await db.scalar(select(func.count(Response.id)).where(*is_submitted, is_mine))
    n_others = await db.scalar(select(func.count(Response.id)).where(*is_submitted, ~is_mine))
    wanted = record.dataset.distribution["min_submitted"]
    if not n_mine and n_others >= wanted:
        raise UnprocessableEntityError(
            "Not submitted: others have answered that item by now, and it needs no more answers"
        )
