"""Ids: the SHA-256 of canonical content, so that one thing has one id on every machine and in every run."""

import functools
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

_CANONICAL: dict[str, Any] = {
    "sort_keys": True,
    "separators": (",", ":"),
    "ensure_ascii": False,
    "allow_nan": False,
}
_ENCODER = json.JSONEncoder(**_CANONICAL)


def canonical_json(content: Any, default: Callable[[Any], Any] | None = None) -> str:
    """Write plain data (dict, list, str, number, bool, None) as one JSON text.

    Keys are sorted, nothing is padded, characters stand for themselves.

    Args:
        content: The data.
        default: Gives plain data for what is none.

    Raises:
        ValueError: A number is NaN or infinite.
        TypeError: Something is no plain data.
    """
    if default is None:
        return _ENCODER.encode(content)
    return json.dumps(content, default=default, **_CANONICAL)


def json_text(text: str) -> str:
    """Write a text as canonical JSON does, in a fifth of the time."""
    try:
        return orjson.dumps(text).decode()
    except TypeError:  # half of a character, which is no Unicode
        return _ENCODER.encode(text)


def content_id(content: Any) -> str:
    """Return the SHA-256 of the canonical JSON of `content`, as 64 hex digits.

    Raises:
        ValueError: `content` holds NaN, or text that is no Unicode (a lone surrogate).
    """
    return hashlib.sha256(canonical_json(content).encode("utf-8")).hexdigest()


def content_id_without_fractions(content: Any) -> str:
    """Return the `content_id` of content in which no number has a fraction, which others write otherwise, in a fifth of the time.

    Raises:
        ValueError: `content` holds text that is no Unicode (a lone surrogate).
    """
    try:
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
    except TypeError:  # text that is no Unicode, or a number that orjson finds too large
        return content_id(content)


def content_ids(columns: Sequence[pa.Array]) -> pa.Array:
    """Return for each row the `content_id` of the list of its values; shape (n,).

    Args:
        columns: Strings and booleans, each of shape (n,), without nulls.
    """
    import duckdb

    texts = [column for column in columns if pa.types.is_string(column.type)]
    escaped = [pc.match_substring_regex(column, r'["\\\x00-\x1f]') for column in texts]
    values = [
        f"""'"' || c{i} || '"'""" if pa.types.is_string(column.type) else f"c{i}::varchar"
        for i, column in enumerate(columns)
    ]
    listed = " || ',' || ".join(values)
    table = pa.table({f"c{i}": column for i, column in enumerate(columns)})
    with duckdb.connect() as con:
        con.register("contents", table)
        ids = con.execute(f"select sha256('[' || {listed} || ']') from contents").to_arrow_table()
    found = ids.column(0).combine_chunks()
    # What JSON writes otherwise than it stands is written row by row.
    odd = functools.reduce(pc.or_, escaped) if escaped else pa.array([False] * len(found))
    rows = zip(*(column.filter(odd).to_pylist() for column in columns), strict=True)
    return pc.replace_with_mask(
        found, odd, pa.array([content_id(list(row)) for row in rows], pa.string())
    )


_HOLE = re.compile('"\ue000([a-z_]+)\ue000"')


def hole(name: str) -> str:
    """Return what stands in a content, in place of a value, for `ContentIds` to fill."""
    return f"\ue000{name}\ue000"


class ContentIds:
    """Ids of many contents that differ in a few values alone: the `content_id` of each, in a tenth of the time."""

    def __init__(self, content: Any) -> None:
        """Take a content whose values that differ are holes."""
        pieces = _HOLE.split(canonical_json(content).replace("%", "%%"))
        self.names = tuple(pieces[1::2])
        """The holes in the order in which the text has them."""

        self.template = "%s".join(pieces[::2])
        """The canonical JSON, with `%s` for each hole."""

        self.pieces = tuple(piece.replace("%%", "%") for piece in pieces[::2])
        """What stands before, between and behind the holes."""

    def digests(self, **values: Sequence[str]) -> list[bytes]:
        """Return the id of each content as 32 bytes; shape (n,).

        Args:
            values: For each hole what stands there, as canonical JSON; each of shape (n,).
        """
        rows = zip(*(values[name] for name in self.names), strict=True)
        return [hashlib.sha256((self.template % row).encode()).digest() for row in rows]
