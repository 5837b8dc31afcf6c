"""Strict reading of a model's reply."""

import json
from typing import Any


def read_object(reply: str, keys: tuple[str, ...]) -> dict[str, Any] | None:
    """Give the JSON object that a reply consists of.

    Control characters within strings are let through: the grammars of inference engines allow them.

    Args:
        reply: The whole reply.
        keys: The keys it must hold, each once, and no others.

    Returns:
        The object; None where the reply is cut off, holds anything besides it, or repeats a key.
    """
    try:
        pairs = json.loads(reply, object_pairs_hook=list, strict=False)
    except (ValueError, RecursionError):
        return None
    if not isinstance(pairs, list) or not all(isinstance(pair, tuple) for pair in pairs):
        return None
    return dict(pairs) if sorted(key for key, _ in pairs) == sorted(keys) else None


def whole_number(value: Any, most: int) -> int | None:
    """Give a number from 1 to `most` as a schema that lists them allows it: to JSON, 5.0 is 5. None for all else."""
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
