"""Figures over a whole data set: progress, a person's progress, metadata."""

from typing import Any
from uuid import UUID

from argilla_server.enums import MetadataPropertyType
from argilla_server.models import MetadataProperty, Record, Response
from argilla_server.search_engine.base import (
    FloatMetadataMetrics,
    IntegerMetadataMetrics,
    MetadataMetrics,
    TermsMetrics,
)
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from .json_values import members

_MOST_TERMS = 2**14


async def progress(session: AsyncSession, dataset_id: UUID) -> dict[str, int]:
    """Count the records by status, "total" being their sum."""
    rows = await session.execute(
        select(Record.status, func.count())
        .where(Record.dataset_id == dataset_id)
        .group_by(Record.status)
    )
    return _with_total({status.value: count for status, count in rows})


async def user_progress(session: AsyncSession, dataset_id: UUID, user_id: UUID) -> dict[str, int]:
    """Count one person's responses by status.

    Argilla's Elasticsearch engine counts the responses that others gave to the same records in as well, so that
    what is pending comes out too small, or negative; here only the person's own count.
    """
    rows = await session.execute(
        select(Response.status, func.count())
        .join(Record, Record.id == Response.record_id)
        .where(Record.dataset_id == dataset_id, Response.user_id == user_id)
        .group_by(Response.status)
    )
    return _with_total({status.value: count for status, count in rows})


async def metadata_metrics(session: AsyncSession, asked: MetadataProperty) -> MetadataMetrics:
    """Count the terms of a metadata property, most frequent first, or give the range of its numbers."""
    found = members(session.get_bind().dialect.name, Record.metadata_, asked.name)
    rows = select(Record.id).where(Record.dataset_id == asked.dataset_id)
    if asked.type == MetadataPropertyType.terms:
        return await _terms(session, rows, found)
    ends = rows.join(found.rows, found.number.is_not(None)).with_only_columns(
        func.min(found.number), func.max(found.number)
    )
    least, most = (await session.execute(ends)).one()
    if asked.type == MetadataPropertyType.integer:
        return IntegerMetadataMetrics(min=least, max=most)
    return FloatMetadataMetrics(min=least, max=most)


async def _terms(session: AsyncSession, rows: Any, found: Any) -> TermsMetrics:
    counted = (
        rows.join(found.rows, found.text.is_not(None))
        .with_only_columns(found.text, func.count(Record.id.distinct()))
        .group_by(found.text)
        .order_by(func.count(Record.id.distinct()).desc(), found.text)
    )
    terms = [
        TermsMetrics.TermCount(term=term, count=count)
        for term, count in await session.execute(counted)
    ]
    return TermsMetrics(total=sum(each.count for each in terms), values=terms[:_MOST_TERMS])


def _with_total(counts: dict[str, int]) -> dict[str, int]:
    return {"total": sum(counts.values()), **counts}
