"""Strict reading of a model's reply."""

import json
from typing import Any

_DECODER = json.JSONDecoder(strict=False)
_PAIRS = json.JSONDecoder(strict=False, object_pairs_hook=list)
_BLANKS = " \t\r\n"


def read_object(reply: str, keys: tuple[str, ...]) -> dict[str, Any] | None:
    """Read the JSON object that a reply consists of.

    Control characters within strings are let through: the grammars of inference engines allow them.

    Args:
        reply: The whole reply.
        keys: The keys it must hold, each once, and no others.

    Returns:
        The object; None where the reply is cut off, holds anything besides it, or repeats a key.
    """
    pairs = read_pairs(reply)
    return None if pairs is None else object_of(pairs, keys)


def read_pairs(reply: str) -> list[tuple[str, Any]] | None:
    """Read the keys and values of the JSON object that a reply consists of, repeated ones included.

    Returns:
        The pairs, an object inside as a list of its own; None where the reply is cut off or holds anything besides.
    """
    try:
        return _as_pairs(_PAIRS.decode(reply))
    except (ValueError, RecursionError):
        return None


def object_of(said: Any, keys: tuple[str, ...]) -> dict[str, Any] | None:
    """Read an object as `read_pairs` gives it; None where it does not hold these keys, each once, and no others."""
    pairs = _as_pairs(said)
    if pairs is None or sorted(key for key, _ in pairs) != sorted(keys):
        return None
    return dict(pairs)


def _as_pairs(said: Any) -> list[tuple[str, Any]] | None:
    is_object = isinstance(said, list) and all(isinstance(pair, tuple) for pair in said)
    return said if is_object else None


def places_of(reply: str) -> dict[tuple[str, ...], int]:
    """Find where each value begins in a reply that `read_object` could read, in characters, by the keys that lead to it."""
    places: dict[tuple[str, ...], int] = {}
    _walk(reply, _past(_BLANKS, reply, 0), (), places)
    return places


def _walk(text: str, at: int, path: tuple[str, ...], places: dict[tuple[str, ...], int]) -> int:
    """Note the values of an object, and of those inside; give where it ends."""
    if text[at] != "{":
        places[path] = at
        return int(_DECODER.raw_decode(text, at)[1])
    at += 1
    while (at := _past(_BLANKS + ",", text, at)) < len(text) and text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _walk(text, _past(_BLANKS + ":", text, at), (*path, key), places)
    return at + 1


def _past(skipped: str, text: str, at: int) -> int:
    while at < len(text) and text[at] in skipped:
        at += 1
    return at


def whole_number(value: Any, most: int) -> int | None:
    """Read a number from 1 to `most` as a schema that lists them allows it: to JSON, 5.0 is 5. None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value in range(1, most + 1) else None


def readable(text: str) -> str:
    """Put U+FFFD for halves of characters, which JSON can spell and no table can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def schema_of(properties: dict[str, dict[str, Any]]) -> str:
    """Write the JSON schema of an object with exactly these properties, in this order."""
    return json.dumps(
        {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
    )
