"""An order of the records that differs from person to person and stays the same for each of them."""

import hashlib
from typing import Any

from argilla_server.models import Record
from sqlalchemy import ColumnElement, Double, Text, cast, func, literal_column

_PRIME = 2**31 - 1
"""Its predecessor is no multiple of 5, so fifth powers permute the numbers below it."""


def shuffled(seed: str, dialect: str) -> ColumnElement[Any]:
    """Return a number between 0 and 1 for each record, fixed by `seed` and the record.

    Elasticsearch's `random_score` likewise fixes each person's order, though by a hash of its own.
    """
    digest = hashlib.sha256(seed.encode()).digest()
    if dialect == "postgresql":
        whole = func.hashtextextended(cast(Record.id, Text), int.from_bytes(digest[:7]))
        return cast(func.mod(whole, _PRIME) + _PRIME, Double) / (2 * _PRIME)
    slope = int.from_bytes(digest[:4]) % (_PRIME - 1) + 1
    start = int.from_bytes(digest[4:8]) % _PRIME
    number: ColumnElement[Any] = (literal_column("records.rowid") % _PRIME * slope + start) % _PRIME
    square = number * number % _PRIME
    mixed = square * square % _PRIME * number % _PRIME
    return cast(mixed, Double) / _PRIME
