"""From a text query to the records it finds."""

import sqlite3
from uuid import UUID

from argilla_server.models import Field
from argilla_server.search_engine.base import TextQuery
from sqlalchemy.ext.asyncio import AsyncSession

from .catch_up import catch_up_texts, text_fields
from .query_string import parse
from .side_file import in_thread
from .text_index import FieldIndex
from .text_search import TextSearch


async def text_scores(
    session: AsyncSession, dataset_id: UUID, query: TextQuery | str
) -> dict[str, float]:
    """Return the relevance of each record that the query finds, by the database's text of its id."""
    asked = TextQuery(q=query) if isinstance(query, str) else query
    fields = [
        field
        for field in await text_fields(session, dataset_id)
        if asked.field in (None, field.name)
    ]
    await catch_up_texts(session, dataset_id)
    return await in_thread(lambda side: _find(side, dataset_id, fields, asked.q))


def _find(
    side: sqlite3.Connection, dataset_id: UUID, fields: list[Field], query: str
) -> dict[str, float]:
    indexes = [FieldIndex(side, field.id.hex) for field in fields]
    return TextSearch(side, dataset_id.hex, indexes).find(parse(query))
