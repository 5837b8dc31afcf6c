"""JSON read and written so that its numbers stay what they were, however many digits they have."""

import json
import re
from decimal import Decimal
from typing import Any

from winnow.schemas.ids import canonical_json

_WRITTEN = re.compile(r'"\\u0000(-?[0-9][0-9.E+-]*)\\u0000"')


def read_exact(text: str) -> Any:
    """Read JSON; a number that a double would round becomes a Decimal, whole numbers have any size.

    Raises:
        ValueError: The text is no JSON.
        RecursionError: It is nested too deeply.
    """
    return json.loads(text, parse_float=_number)


def _number(text: str) -> float | Decimal:
    # Up to 15 digits always survive, and nearly every number has fewer.
    number = float(text)
    if len(text) <= 16 and 1e-300 < abs(number) < 1e300:
        return number
    exact = Decimal(text)
    return number if exact == Decimal(repr(number)) else exact


def write_exact(value: Any) -> str:
    """Write a value as canonical JSON, with every digit that `read_exact` found.

    Raises:
        ValueError: It holds NaN, infinity, or a number beyond what a double can hold.
        TypeError: It holds something that JSON has no form for.
        RecursionError: It is nested too deeply.
    """
    return _WRITTEN.sub(r"\1", canonical_json(value, default=_marked))


def _marked(value: Any) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no form in JSON")
    if not value.is_finite() or float(value) in (float("inf"), float("-inf")):
        raise ValueError(f"{value} is beyond what a number of JSON can hold")
    # U+0000 is refused in every text, so that nothing else can look like this.
    return f"\0{value}\0"
