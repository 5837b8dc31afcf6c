"""The rows in a JSON file that is one object: wrapped in a list, or column by column as pandas writes them."""

from collections.abc import Collection
from typing import Any

from winnow.schemas.errors import MalformedInput

AS_LINES = "write one object a line (pandas: to_json(path, orient='records', lines=True))"
_N_SHOWN = 8

Rows = list[Any]


def rows_in(value: dict[str, Any], name: str, known: Collection[str]) -> Rows:
    """Find the rows, where it is beyond doubt what they are.

    Args:
        value: What the file holds.
        name: What messages call the file.
        known: Columns that are looked for; an object that has some is a row, or holds them as columns.

    Raises:
        MalformedInput: Nothing, or several things, in the object may be the rows.
    """
    found = _from_split(value) or _from_labelled(value, known) or _from_lists(value, known)
    if found is not None:
        return found
    if any(key in known for key in value):
        return [value]
    lists = [key for key, held in value.items() if _is_list_of_objects(held)]
    if len(lists) == 1:
        rows: Rows = value[lists[0]]
        return rows
    keys = ", ".join(map(repr, list(value)[:_N_SHOWN])) or "none"
    fault = f"several hold lists: {', '.join(lists)}" if lists else "none of them holds the rows"
    raise MalformedInput(f"{name} is one object with the keys {keys}; {fault}; {AS_LINES}")


def _from_split(value: dict[str, Any]) -> Rows | None:
    """Read pandas' orient="split": columns and data."""
    columns, data = value.get("columns"), value.get("data")
    if not (_is_list_of(str, columns) and _is_list_of(list, data)):
        return None
    return [dict(zip(columns or [], row, strict=False)) for row in data or []]


def _from_labelled(value: dict[str, Any], known: Collection[str]) -> Rows | None:
    """Read pandas' usual form, {column: {label: cell}}, or orient="index", {label: {column: cell}}."""
    held = list(value.values())
    if not held or not all(isinstance(v, dict) and v.keys() == held[0].keys() for v in held):
        return None
    are_labels = [all(key.isdecimal() for key in keys) for keys in (value, held[0])]
    if are_labels == [False, True] and any(key in known for key in value):
        return [{c: cells[label] for c, cells in value.items()} for label in held[0]]
    if are_labels == [True, False] and any(key in known for key in held[0]):
        return held
    return None


def _from_lists(value: dict[str, Any], known: Collection[str]) -> Rows | None:
    """Read {column: [cell, ...]}; a row of lists is told from it by the turns of a conversation."""
    held = list(value.values())
    if len(held) < 2 or not all(isinstance(v, list) and len(v) == len(held[0]) for v in held):
        return None
    has_turns = any(isinstance(cell, dict) for cells in held for cell in cells)
    if has_turns or not any(key in known for key in value):
        return None
    return [dict(zip(value, cells, strict=True)) for cells in zip(*held, strict=True)]


def _is_list_of_objects(value: Any) -> bool:
    return _is_list_of(dict, value)


def _is_list_of(kind: type, value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, kind) for v in value)
