"""Records like a record or a vector, or as unlike it as can be."""

from uuid import UUID

from argilla_server.enums import SimilarityOrder
from argilla_server.models import Record, VectorSettings
from argilla_server.search_engine.base import SearchResponseItem, SearchResponses
from sqlalchemy.ext.asyncio import AsyncSession

from . import vector_index
from .catch_up import catch_up_vectors
from .searching import Query, matching_ids
from .side_file import in_thread


async def similar(
    session: AsyncSession,
    query: Query,
    vectors: VectorSettings,
    like: list[float] | Record,
    n_most: int,
    order: SimilarityOrder,
    threshold: float | None,
) -> SearchResponses:
    """Return the records nearest to `like`, itself left out, or the most distant ones.

    As in Elasticsearch the total counts at most `n_most` records, before those below the threshold are left out.

    Raises:
        ValueError: The record has no such vector.
    """
    await catch_up_vectors(session, vectors.id)
    value = like.vector_value_by_vector_settings(vectors) if isinstance(like, Record) else like
    if not value:
        raise ValueError(f"no vector {vectors.name!r} to compare with")
    if order == SimilarityOrder.least_similar:
        value = [-number for number in value]
    allowed = await matching_ids(session, query)
    if isinstance(like, Record):
        allowed -= {like.id.hex, str(like.id)}
    best = await in_thread(
        lambda side: vector_index.nearest(side, vectors.id.hex, value, allowed, n_most)
    )
    items = [
        SearchResponseItem(record_id=UUID(record_id), score=score)
        for record_id, score in best
        if threshold is None or score >= threshold
    ]
    return SearchResponses(items=items, total=len(best))
