"""Columns: values of many rows, held to what a record says of its field, by the same definition."""

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from winnow.schemas.base import Record


class Validated(NamedTuple):
    """A column as a record would hold it."""

    values: list[Any]
    """The values, None where one is not valid; shape (n,)."""

    invalid: list[int]
    """Numbers of the rows whose value the record would refuse."""


def validated(record: type[Record], field: str, values: Sequence[Any]) -> Validated:
    """Validate the values of one field, as many records would."""
    column = list(values)
    try:
        return Validated(_adapter(record, field).validate_python(column), [])
    except ValidationError as error:
        invalid = sorted({int(fault["loc"][0]) for fault in error.errors(include_url=False)})
    is_invalid = set(invalid)
    found = iter(
        _adapter(record, field).validate_python(
            [v for i, v in enumerate(column) if i not in is_invalid]
        )
    )
    return Validated(
        [None if i in is_invalid else next(found) for i in range(len(column))], invalid
    )


@cache
def _adapter(record: type[Record], field: str) -> TypeAdapter[list[Any]]:
    info = record.model_fields[field]
    one: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
    return TypeAdapter(list[one])
