"""The arguments of tool calls as values, where they stay what they were."""

import json
from decimal import Decimal
from typing import Any

from winnow.schemas.ids import canonical_json


class ChangedArguments(Exception):
    """The arguments of a call are not the same once they were read, written and read again."""


def read_arguments(text: str) -> Any:
    """Return the arguments of a tool call as chat templates want them: an object, or else the text as it was said.

    A model may have called a tool with text that is no JSON object; it is kept as it is.

    Raises:
        ChangedArguments: They are an object that the reader of the files would change: NaN, a whole number of more than
            64 bits, a fraction of too many digits, a key that comes twice, half a character.
    """
    try:
        found = json.loads(
            text,
            parse_int=_whole_number,
            parse_float=_fraction,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError):
        return text
    if not isinstance(found, dict):
        return text
    if not _reads_back(found):
        raise ChangedArguments(text)
    return found


def _reads_back(value: dict[str, Any]) -> bool:
    from datasets import Json

    written = canonical_json(value)
    try:
        written.encode()
        return canonical_json(Json().decode_example(written)) == written
    except ValueError:
        return False


def _whole_number(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:  # more digits than Python reads
        raise ChangedArguments(digits) from None


def _fraction(digits: str) -> float:
    value = float(digits)
    try:
        if Decimal(repr(value)) == Decimal(digits):
            return value
    except ArithmeticError:  # an exponent beyond all measure
        pass
    raise ChangedArguments(digits)


def _no_number(name: str) -> float:
    raise ChangedArguments(name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ChangedArguments(pairs)
    return found
