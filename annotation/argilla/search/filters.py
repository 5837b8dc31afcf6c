"""Argilla's filters as conditions on its tables."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from argilla_server.enums import ResponseStatusFilter
from argilla_server.models import Record, Response
from argilla_server.search_engine.base import (
    AndFilter,
    Filter,
    RangeFilter,
    ResponseFilterScope,
    TermsFilter,
)
from sqlalchemy import ColumnElement, and_, false, or_, select

from .layout import FieldKinds
from .places import SearchedValue, find

_DATE_ONLY = re.compile(r"\d{4}-\d\d-\d\d")


def condition(wanted: Filter, layout: FieldKinds, dialect: str) -> ColumnElement[bool]:
    """Return the condition that a record's row has to meet.

    Raises:
        ValueError: The filter's scope, or a time in it, cannot be read.
    """
    if isinstance(wanted, AndFilter):
        return and_(*(condition(each, layout, dialect) for each in wanted.filters))
    if isinstance(wanted, TermsFilter) and _is_about_status(wanted):
        return _response_status(wanted, layout, dialect)
    place = find(wanted.scope, layout, dialect)
    if isinstance(wanted, TermsFilter):
        values = _readable(place, wanted.values)
        return place.where(lambda value: value.in_(values)) if values else false()
    if isinstance(wanted, RangeFilter):
        return _range(place, wanted)
    raise ValueError(f"cannot filter by {wanted}")


def _is_about_status(wanted: TermsFilter) -> bool:
    return isinstance(wanted.scope, ResponseFilterScope) and not wanted.scope.question


def _response_status(wanted: TermsFilter, layout: FieldKinds, dialect: str) -> ColumnElement[bool]:
    """Pending means: no response of that person, or of anyone where no person is named."""
    answered = [status for status in wanted.values if status != ResponseStatusFilter.pending]
    place = find(wanted.scope, layout, dialect)
    found = place.where(lambda value: value.in_(answered)) if answered else false()
    if len(answered) == len(wanted.values):
        return found
    theirs = select(1).where(Response.record_id == Record.id)
    if wanted.scope.user is not None:
        theirs = theirs.where(Response.user_id == wanted.scope.user.id)
    return or_(~theirs.exists(), found)


def _range(place: SearchedValue, wanted: RangeFilter) -> ColumnElement[bool]:
    least = _readable(place, [] if wanted.ge is None else [wanted.ge])
    most = _readable(place, [] if wanted.le is None else [wanted.le], is_upper=True)
    if len(least) + len(most) < (wanted.ge is not None) + (wanted.le is not None):
        return false()

    def is_between(value: ColumnElement[Any]) -> ColumnElement[bool]:
        return and_(*(value >= low for low in least), *(value <= high for high in most))

    return place.where(is_between)


def _readable(place: SearchedValue, values: Iterable[Any], is_upper: bool = False) -> list[Any]:
    """Read values as the kind they are compared with; what cannot be one equals nothing."""
    read = [_read(place.kind, value, is_upper) for value in values]
    return [value for value in read if value is not None]


def _read(kind: str, value: Any, is_upper: bool) -> Any:
    if kind == "keyword":
        return str(value)
    try:
        if kind == "number":
            return float(value)
        return UUID(str(value)) if kind == "id" else _time(value, is_upper)
    except ValueError:
        return None


def _time(value: Any, is_upper: bool) -> datetime:
    """Read an ISO time or milliseconds since 1970 as UTC; a bare date as upper bound means the end of that day."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value / 1000, UTC).replace(tzinfo=None)
    read = datetime.fromisoformat(value)
    if is_upper and _DATE_ONLY.fullmatch(value):
        read = datetime.combine(read, time.max)
    return (read - (read.utcoffset() or timedelta())).replace(tzinfo=None)
