"""The engine that Argilla calls."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from argilla_server.database import AsyncSessionLocal
from argilla_server.enums import SimilarityOrder
from argilla_server.models import (
    Dataset,
    MetadataProperty,
    Record,
    Response,
    Suggestion,
    User,
    VectorSettings,
)
from argilla_server.search_engine.base import (
    Filter,
    MetadataMetrics,
    Order,
    SearchEngine,
    SearchResponses,
    TextQuery,
)
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_object_session

from . import counting, searching
from .catch_up import catch_up_texts, catch_up_vectors, forget_deleted
from .similarity import similar
from .text_query import text_scores


@asynccontextmanager
async def _session_of(loaded: Dataset | MetadataProperty) -> AsyncIterator[AsyncSession]:
    """Return the session that the request works with already, or a new one where `loaded` belongs to none.

    A session of our own beside it would need a second connection from the same pool: with as many requests as the pool
    has connections each would hold one, and all would wait for another until they time out.
    """
    if session := async_object_session(loaded):
        yield session
    else:
        async with AsyncSessionLocal() as session:
            yield session


@SearchEngine.register("winnow")
class WinnowSearchEngine(SearchEngine):
    """Answers from Argilla's own tables, which are the truth: nothing about status, responses, suggestions or metadata is kept a second time."""

    @classmethod
    async def new_instance(cls) -> "WinnowSearchEngine":
        """Return an engine; Argilla asks for one with every request."""
        return cls()

    async def close(self) -> None:
        """Keep nothing open."""

    async def ping(self) -> bool:
        """Whether the database answers."""
        async with AsyncSessionLocal() as session:
            return bool(await session.scalar(select(1)))

    async def info(self) -> dict[str, Any]:
        """Say what this is."""
        return {"name": "winnow", "tagline": "answers from Argilla's own database"}

    async def search(
        self,
        dataset: Dataset,
        query: TextQuery | str | None = None,
        filter: Filter | None = None,
        sort: list[Order] | None = None,
        offset: int = 0,
        limit: int = 100,
        user_id: UUID | str | None = None,
    ) -> SearchResponses:
        """Return one page of the matching records, in each person's own order where no sort is asked for."""
        async with _session_of(dataset) as session:
            scores = await text_scores(session, dataset.id, query) if query else None
            asked = searching.Query(dataset.id, scores, filter, sort, user_id)
            return await searching.page(session, asked, offset, limit)

    async def similarity_search(
        self,
        dataset: Dataset,
        vector_settings: VectorSettings,
        value: list[float] | None = None,
        record: Record | None = None,
        query: TextQuery | str | None = None,
        filter: Filter | None = None,
        max_results: int = 100,
        order: SimilarityOrder = SimilarityOrder.most_similar,
        threshold: float | None = None,
    ) -> SearchResponses:
        """Return the records most or least like a vector, or like another record's.

        Raises:
            ValueError: Both or neither of `value` and `record` are given.
        """
        like = value or record
        if like is None or (value and record):
            raise ValueError("similarity search needs a vector or a record, and not both")
        async with _session_of(dataset) as session:
            scores = await text_scores(session, dataset.id, query) if query else None
            asked = searching.Query(dataset.id, scores, filter)
            return await similar(
                session, asked, vector_settings, like, max_results, order, threshold
            )

    async def get_dataset_progress(self, dataset: Dataset) -> dict[str, int]:
        """Count a published data set's records by status."""
        if dataset.is_draft:
            return {}
        async with _session_of(dataset) as session:
            return await counting.progress(session, dataset.id)

    async def get_dataset_user_progress(self, dataset: Dataset, user: User) -> dict[str, int]:
        """Count one person's responses in a published data set by status."""
        if dataset.is_draft:
            return {}
        async with _session_of(dataset) as session:
            return await counting.user_progress(session, dataset.id, user.id)

    async def compute_metrics_for(self, metadata_property: MetadataProperty) -> MetadataMetrics:
        """Count the terms of a metadata property, or give the range of its numbers."""
        async with _session_of(metadata_property) as session:
            return await counting.metadata_metrics(session, metadata_property)

    async def create_index(self, dataset: Dataset) -> None:
        """Make nothing: a data set's rows are what is searched, and its words are indexed as they come."""

    async def delete_index(self, dataset: Dataset) -> None:
        """Forget a deleted data set's words and vectors."""
        async with _session_of(dataset) as session:
            await forget_deleted(session)

    async def index_records(self, dataset: Dataset, records: Iterable[Record]) -> None:
        """Index the words and vectors of records that were added or changed."""
        ids = [record.id for record in records]
        async with _session_of(dataset) as session:
            await catch_up_texts(session, dataset.id, only=ids)
            stored = select(VectorSettings.id).where(VectorSettings.dataset_id == dataset.id)
            for settings_id in await session.scalars(stored):
                await catch_up_vectors(session, settings_id, only=ids)

    async def delete_records(self, dataset: Dataset, records: Iterable[Record]) -> None:
        """Do nothing yet: no search finds a row that is gone, and the next one forgets its words and vectors."""

    async def configure_metadata_property(
        self, dataset: Dataset, metadata_property: MetadataProperty
    ) -> None:
        """Configure nothing: metadata is searched where it stands."""

    async def configure_index_vectors(self, vector_settings: VectorSettings) -> None:
        """Configure nothing: vectors are indexed as they come."""

    async def partial_record_update(self, record: Record, **update: Any) -> None:
        """Copy nothing: the record's row is what is searched; so with responses and suggestions below."""

    async def update_record_response(self, response: Response) -> None:
        """Copy nothing."""

    async def delete_record_response(self, response: Response) -> None:
        """Copy nothing."""

    async def update_record_suggestion(self, suggestion: Suggestion) -> None:
        """Copy nothing."""

    async def delete_record_suggestion(self, suggestion: Suggestion) -> None:
        """Copy nothing."""
