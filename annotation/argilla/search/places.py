"""Where the value stands that a filter or a sort names, and how it is compared."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from argilla_server.models import Record, Response, Suggestion
from argilla_server.search_engine.base import (
    FilterScope,
    MetadataFilterScope,
    RecordFilterScope,
    ResponseFilterScope,
    SuggestionFilterScope,
)
from sqlalchemy import ColumnElement, Text, cast, collate, false, func, null, select

from .json_values import members
from .layout import FieldKinds, Kind

Condition = Callable[[ColumnElement[Any]], ColumnElement[bool]]
Reduction = Literal["min", "max"]


@dataclass(frozen=True)
class SearchedValue:
    """A value of a record, or several; "unsearchable" ones are never found, as in Elasticsearch."""

    kind: Kind | Literal["time", "id"]
    where: Callable[[Condition], ColumnElement[bool]]
    """Turns a condition on one value into one on the record."""

    reduce: Callable[[Reduction], ColumnElement[Any]]
    """Gives the one value to sort by; null where the record has none."""


def find(scope: FilterScope, layout: FieldKinds, dialect: str) -> SearchedValue:
    """Return the value that a filter's scope names.

    Raises:
        ValueError: The scope names nothing that can be searched.
    """
    if isinstance(scope, RecordFilterScope):
        return _of_record(scope.property, dialect)
    if isinstance(scope, MetadataFilterScope):
        return _of_metadata(scope.metadata_property, layout, dialect)
    if isinstance(scope, SuggestionFilterScope):
        return _of_suggestion(scope, layout, dialect)
    if isinstance(scope, ResponseFilterScope):
        return _of_response(scope, layout, dialect)
    raise ValueError(f"cannot search by {scope}")


def _of_record(name: str, dialect: str) -> SearchedValue:
    column = getattr(Record, name)
    if name in ("inserted_at", "updated_at"):
        return _single("time", column)
    if name == "id":
        return _single("id", column)
    return _single("keyword", _as_text(column, dialect))


def _of_metadata(name: str, layout: FieldKinds, dialect: str) -> SearchedValue:
    kind = layout.metadata.get(name, "unsearchable")
    found = members(dialect, Record.metadata_, name)
    value = found.number if kind == "number" else found.text
    return SearchedValue(
        kind,
        lambda condition: found.any(condition(value)),
        lambda how: found.one(getattr(func, how)(value)),
    )


def _of_suggestion(scope: SuggestionFilterScope, layout: FieldKinds, dialect: str) -> SearchedValue:
    kind = _suggestion_kind(scope, layout)
    if kind == "unsearchable":
        return _NOWHERE
    mine = (
        Suggestion.record_id == Record.id,
        Suggestion.question_id == layout.question_ids[scope.question],
    )
    column = getattr(Suggestion, scope.property)
    if scope.property in ("agent", "type"):
        text = _as_text(column, dialect)
        return _related(kind, Suggestion, mine, text)
    found = members(dialect, column)
    value = found.number if kind == "number" else found.text
    return SearchedValue(
        kind,
        lambda condition: select(1).where(*mine, found.any(condition(value))).exists(),
        lambda how: (
            select(getattr(func, how)(value)).select_from(Suggestion, found.rows).where(*mine)
        ).scalar_subquery(),
    )


def _suggestion_kind(scope: SuggestionFilterScope, layout: FieldKinds) -> Kind:
    if scope.property == "value":
        return layout.questions.get(scope.question, "unsearchable")
    return "number" if scope.property == "score" else "keyword"


def _of_response(scope: ResponseFilterScope, layout: FieldKinds, dialect: str) -> SearchedValue:
    mine = [Response.record_id == Record.id]
    if scope.user is not None:
        mine.append(Response.user_id == scope.user.id)
    if scope.question is None:
        return _related("keyword", Response, tuple(mine), _as_text(Response.status, dialect))
    kind = layout.questions.get(scope.question, "unsearchable")
    if kind == "unsearchable":
        return _NOWHERE
    found = members(dialect, Response.values, scope.question, "value")
    value = found.number if kind == "number" else found.text
    return SearchedValue(
        kind,
        lambda condition: select(1).where(*mine, found.any(condition(value))).exists(),
        lambda how: (
            select(getattr(func, "avg" if kind == "number" else how)(value))
            .select_from(Response, found.rows)
            .where(*mine)
        ).scalar_subquery(),
    )


def _single(kind: Literal["keyword", "time", "id"], column: ColumnElement[Any]) -> SearchedValue:
    return SearchedValue(kind, lambda condition: condition(column), lambda how: column)


def _related(
    kind: Kind, table: Any, mine: tuple[ColumnElement[bool], ...], value: ColumnElement[Any]
) -> SearchedValue:
    return SearchedValue(
        kind,
        lambda condition: select(1).select_from(table).where(*mine, condition(value)).exists(),
        lambda how: (
            select(getattr(func, how)(value)).select_from(table).where(*mine)
        ).scalar_subquery(),
    )


def _as_text(column: ColumnElement[Any], dialect: str) -> ColumnElement[str]:
    text = cast(column, Text)
    return collate(text, "C") if dialect == "postgresql" else text


_NOWHERE = SearchedValue("unsearchable", lambda condition: false(), lambda how: null())
