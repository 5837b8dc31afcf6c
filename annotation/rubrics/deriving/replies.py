"""Lists of criteria as models write them, with and without the JSON that was asked for."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from winnow.annotation.judges.replies import readable, schema_of

_DECODER = json.JSONDecoder(strict=False, object_pairs_hook=list)


def lists_schema(names: Sequence[str], entry: Mapping[str, Mapping[str, Any]], most: int) -> str:
    """Write the JSON schema of a reply that consists of lists.

    Args:
        names: The lists, in the order of writing.
        entry: What each of their entries has, in the order of writing.
        most: Longest list.
    """
    item = json.loads(schema_of({key: dict(value) for key, value in entry.items()}))
    one = {"type": "array", "maxItems": most, "items": item}
    return schema_of({name: one for name in names})


def read_lists(reply: str, names: Sequence[str]) -> dict[str, list[Any]] | None:
    """Read a reply that consists of lists: JSON by itself, in a code fence, or with words around it.

    Returns:
        Each list by name, its objects as dicts; None where there is no such JSON, a list is missing or named twice, or several
        such objects leave open which is meant.
    """
    found = [_plain(one) for one in _objects(reply)]
    lists = [one for one in found if isinstance(one, dict) and all(name in one for name in names)]
    if len(lists) != 1 or not all(isinstance(lists[0][name], list) for name in names):
        return None
    return {name: lists[0][name] for name in names}


def text_in(entry: Any, key: str) -> str:
    """Read a text of an entry in one line; empty where there is none."""
    said = entry.get(key) if isinstance(entry, Mapping) else None
    return " ".join(readable(said).split()) if isinstance(said, str) else ""


def _objects(reply: str) -> Iterator[Any]:
    """Read each JSON object that stands in a text and in no other one."""
    at = reply.find("{")
    while at >= 0:
        try:
            value, end = _DECODER.raw_decode(reply, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            yield value
        at = reply.find("{", end)


def _plain(value: Any) -> Any:
    """Make dicts of lists of pairs, and None of those that name a key twice; an empty list stays a list."""
    if not isinstance(value, list):
        return value
    if value and all(isinstance(one, tuple) for one in value):
        made = {key: _plain(inside) for key, inside in value}
        return made if len(made) == len(value) else None
    return [_plain(one) for one in value]
