"""Argilla's sort orders: missing values last, equal ones in the order they came in."""

from collections.abc import Sequence
from typing import Any

from argilla_server.enums import SortOrder
from argilla_server.models import Record
from argilla_server.search_engine.base import Order
from sqlalchemy import ColumnElement

from .layout import FieldKinds
from .places import find

AS_THEY_CAME = (Record.inserted_at.asc(), Record.id.asc())


def order_by(wanted: Sequence[Order], layout: FieldKinds, dialect: str) -> list[ColumnElement[Any]]:
    """Return the sort keys; a list sorts by its least value upwards and by its greatest downwards."""
    keys: list[ColumnElement[Any]] = []
    for each in wanted:
        is_up = each.order == SortOrder.asc
        value = find(each.scope, layout, dialect).reduce("min" if is_up else "max")
        keys.append((value.asc() if is_up else value.desc()).nulls_last())
    return [*keys, *AS_THEY_CAME]
