"""One page of the records that meet a query, and how many there are in all."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from argilla_server.models import Record
from argilla_server.search_engine.base import Filter, Order, SearchResponseItem, SearchResponses
from sqlalchemy import ColumnElement, Double, Select, Text, Uuid, cast, func, literal, null, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from .filters import condition
from .layout import FieldKinds
from .shuffle import shuffled
from .sorting import AS_THEY_CAME, order_by


@dataclass(frozen=True)
class Query:
    """What is looked for in one data set."""

    dataset_id: UUID
    scores: Mapping[str, float] | None
    """Score of each record that a text query found; None where no text is asked for."""

    filter: Filter | None = None
    sort: Sequence[Order] | None = None
    user_id: UUID | str | None = None
    """Whose order to use where no sort is asked for; None means the order of arrival."""


async def page(session: AsyncSession, query: Query, offset: int, limit: int) -> SearchResponses:
    """Answer a query: the records of one page with their scores, and the total over all pages."""
    dialect = session.get_bind().dialect.name
    layout = await FieldKinds.of(session, query.dataset_id)
    matching, score = _matching(query, layout, dialect)
    total = await session.scalar(select(func.count()).select_from(matching.subquery()))
    if query.sort:
        score, order = null(), order_by(query.sort, layout, dialect)
    else:
        order = [score.desc(), *AS_THEY_CAME] if _has_scores(query) else [*AS_THEY_CAME]
    rows = await session.execute(
        matching.add_columns(score).order_by(*order).offset(offset).limit(limit)
    )
    items = [SearchResponseItem(record_id=record_id, score=found) for record_id, found in rows]
    return SearchResponses(items=items, total=total or 0)


async def matching_ids(session: AsyncSession, query: Query) -> set[str]:
    """Return the ids of all records that meet a query, as the database's text."""
    dialect = session.get_bind().dialect.name
    layout = await FieldKinds.of(session, query.dataset_id)
    matching = _matching(query, layout, dialect)[0]
    return set(await session.scalars(matching.with_only_columns(cast(Record.id, Text))))


def _has_scores(query: Query) -> bool:
    return query.scores is not None or query.user_id is not None


def _matching(
    query: Query, layout: FieldKinds, dialect: str
) -> tuple[Select[Any], ColumnElement[Any]]:
    """Return the rows that match and the score of each."""
    matching = select(Record.id).where(Record.dataset_id == query.dataset_id)
    if query.filter is not None:
        matching = matching.where(condition(query.filter, layout, dialect))
    score: ColumnElement[Any] = literal(1.0)
    if query.scores is not None:
        found, record_id, score = _scored(query.scores, dialect)
        matching = matching.join(found, record_id == Record.id)
    if query.user_id is not None:
        score = score * shuffled(str(query.user_id), dialect)
    return matching, score


def _scored(scores: Mapping[str, float], dialect: str) -> Any:
    """Bring scores into the database as rows; materialized, else SQLite reads them anew for every record."""
    told = json.dumps(scores)
    if dialect == "postgresql":
        rows = func.jsonb_each_text(cast(literal(told, Text), JSONB)).table_valued("key", "value")
        read = select(
            cast(rows.c.key, Uuid()).label("key"), cast(rows.c.value, Double).label("value")
        )
    else:
        rows = func.json_each(told).table_valued("key", "value")
        read = select(rows.c.key, rows.c.value)
    found = read.cte("scored").prefix_with("MATERIALIZED")
    return found, found.c.key, found.c.value
