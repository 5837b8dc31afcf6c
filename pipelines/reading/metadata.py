"""Metadata: the columns of a row that the settings keep with its prompt, as one JSON object."""

from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.fields import Fields, check_text, is_missing
from winnow.pipelines.reading.tool_calls import json_text


def metadata_of(fields: Fields, columns: Sequence[str]) -> str | None:
    """Write the kept columns of a row as JSON, each under the file's own name; None where the row holds none of them.

    Values stay what they are: text stays text, numbers keep their digits. Dates and times become text in ISO 8601, and
    NaN, which tables write where nothing is, null.

    Raises:
        Defect: A value has no form in JSON, or holds a text that is not usable.
    """
    kept = {name: _plain(value, repr(name)) for name, value in fields.kept(columns).items()}
    return json_text(kept, "metadata", "bad_field") if kept else None


def _plain(value: Any, where: str) -> Any:
    match value:
        case str():
            return check_text(value, where)
        case dict():
            return {check_text(key, where): _plain(item, where) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item, where) for item in value]
        case date() | time():  # a datetime is a date
            return value.isoformat()
        case None:
            return None
        case bool() | int() | float() | Decimal():
            return None if is_missing(value) else _finite(value, where)
    raise Defect(
        "bad_field",
        f"{where} holds a value of type {type(value).__name__}, which JSON has no form for; take it out of keep",
    )


def _finite(value: bool | int | float | Decimal, where: str) -> bool | int | float | Decimal:
    if abs(value) == float("inf"):
        raise Defect("bad_field", f"{where} holds infinity, which JSON has no form for")
    return value
