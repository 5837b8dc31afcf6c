"""Keeping the side file in step with the database: what changed, came or went since is read again.

Called after every push, and again before each text or similarity search, so that a crash between the database's
commit and this one, another engine's writes or a lost file change no answer.
"""

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any
from uuid import UUID

from argilla_server.models import Dataset, Field, Record, Vector, VectorSettings
from sqlalchemy import Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from . import text_index, vector_index
from .laid_out import words_of
from .side_file import in_thread
from .text_index import Document
from .vector_index import RecordVector

_N_AT_ONCE = 500
_verified: dict[UUID, tuple[int, Any]] = {}
"""State of each data set's records, and of each setting's vectors, at which this process found nothing missing."""


async def catch_up_texts(
    session: AsyncSession, dataset_id: UUID, only: Collection[UUID] | None = None
) -> None:
    """Index the text of records that are new or changed, and forget those that are gone.

    Args:
        session: A session of Argilla's database.
        dataset_id: Whose records.
        only: Look at these records alone; None looks at all.
    """
    state = await _state(session, Record.dataset_id == dataset_id, Record.updated_at)
    if only is None and _verified.get(dataset_id) == state:
        return
    fields = await text_fields(session, dataset_id)
    record_id, version = cast(Record.id, Text), cast(Record.updated_at, Text)
    wanted = select(record_id, version).where(Record.dataset_id == dataset_id)
    there = await _pairs(session, _limited(wanted, Record.id, only))
    known = await in_thread(lambda side: text_index.versions(side, dataset_id.hex))
    if only is None and (gone := known.keys() - there.keys()):
        await in_thread(lambda side: text_index.drop(side, dataset_id.hex, gone))
    for some in _portions(there, known):
        wanted = select(record_id, version, Record.fields).where(Record.id.in_(map(UUID, some)))
        documents = [
            Document(found, when, {f.id.hex: parts(f, values.get(f.name)) for f in fields})
            for found, when, values in await session.execute(wanted)
        ]
        await in_thread(partial(text_index.put, dataset_id.hex, documents))
    if only is None:
        _verified[dataset_id] = state


async def catch_up_vectors(
    session: AsyncSession, settings_id: UUID, only: Collection[UUID] | None = None
) -> None:
    """Store vectors that are new or changed, and forget those that are gone; arguments as above."""
    state = await _state(session, Vector.vector_settings_id == settings_id, Vector.updated_at)
    if only is None and _verified.get(settings_id) == state:
        return
    record_id, version = cast(Vector.record_id, Text), cast(Vector.updated_at, Text)
    wanted = select(record_id, version).where(Vector.vector_settings_id == settings_id)
    there = await _pairs(session, _limited(wanted, Vector.record_id, only))
    known = await in_thread(lambda side: vector_index.versions(side, settings_id.hex))
    if only is None and (gone := known.keys() - there.keys()):
        await in_thread(lambda side: vector_index.drop(side, settings_id.hex, gone))
    for some in _portions(there, known):
        wanted = select(record_id, version, Vector.value).where(
            Vector.vector_settings_id == settings_id, Vector.record_id.in_(map(UUID, some))
        )
        vectors = [
            RecordVector(found, when, value) for found, when, value in await session.execute(wanted)
        ]
        await in_thread(partial(vector_index.put, settings_id.hex, vectors))
    if only is None:
        _verified[settings_id] = state


async def forget_deleted(session: AsyncSession) -> None:
    """Forget the words and vectors of data sets that are gone."""
    datasets = {each.hex for each in await session.scalars(select(Dataset.id))}
    settings = {each.hex for each in await session.scalars(select(VectorSettings.id))}

    def forget(side: sqlite3.Connection) -> None:
        text_index.keep_only(side, datasets)
        vector_index.keep_only(side, settings)

    await in_thread(forget)


async def text_fields(session: AsyncSession, dataset_id: UUID) -> list[Field]:
    """Return the fields whose words can be searched: all but images."""
    fields = await session.scalars(select(Field).where(Field.dataset_id == dataset_id))
    return [field for field in fields if not field.is_image]


def parts(field: Field, value: Any) -> list[str]:
    """Return the text of a field's value, each message of a chat a part of its own.

    Elasticsearch also finds the roles of a chat; here a search for "user" finds who wrote the word.
    """
    if value is None:
        return []
    texts = [message["content"] for message in value] if field.is_chat else [str(value)]
    is_markdown = bool((field.settings or {}).get("use_markdown"))
    return [words_of(text, is_markdown=is_markdown) for text in texts]


async def _state(session: AsyncSession, mine: Any, changed_at: Any) -> tuple[int, Any]:
    """Return how many rows there are and when the last one changed."""
    found = await session.execute(select(func.count(), func.max(changed_at)).where(mine))
    return tuple(found.one())


async def _pairs(session: AsyncSession, wanted: Any) -> dict[str, str]:
    return {key: value for key, value in await session.execute(wanted)}


def _limited(wanted: Any, column: Any, only: Collection[UUID] | None) -> Any:
    return wanted if only is None else wanted.where(column.in_(only))


def _portions(there: Mapping[str, str], known: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield the ids whose version differs from the known one, some at a time."""
    changed = (found for found, version in there.items() if known.get(found) != version)
    while some := tuple(islice(changed, _N_AT_ONCE)):
        yield some
