"""What Elasticsearch's mapping would say of a data set: which of its values are words and which are numbers."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from argilla_server.enums import MetadataPropertyType, QuestionType
from argilla_server.models import MetadataProperty, Question
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

Kind = Literal["keyword", "number", "unsearchable"]

_METADATA: dict[MetadataPropertyType, Kind] = {
    MetadataPropertyType.terms: "keyword",
    MetadataPropertyType.integer: "number",
    MetadataPropertyType.float: "number",
}
_QUESTIONS: dict[QuestionType, Kind] = {
    QuestionType.rating: "number",
    QuestionType.label_selection: "keyword",
    QuestionType.multi_label_selection: "keyword",
}


@dataclass(frozen=True)
class FieldKinds:
    """The kinds of one data set's metadata and questions, by name."""

    metadata: dict[str, Kind]
    questions: dict[str, Kind]
    """Text, ranking and span answers cannot be searched, there as here."""

    question_ids: dict[str, UUID]

    @classmethod
    async def of(cls, session: AsyncSession, dataset_id: UUID) -> "FieldKinds":
        """Read a data set's layout."""
        properties = await session.scalars(
            select(MetadataProperty).where(MetadataProperty.dataset_id == dataset_id)
        )
        found = await session.scalars(select(Question).where(Question.dataset_id == dataset_id))
        questions = found.all()
        return cls(
            {each.name: _METADATA[each.type] for each in properties},
            {each.name: _QUESTIONS.get(each.type, "unsearchable") for each in questions},
            {each.name: each.id for each in questions},
        )
