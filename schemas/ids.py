"""Ids: the SHA-256 of canonical content, so that one thing has one id on every machine and in every run."""

import hashlib
import json
from collections.abc import Callable
from typing import Any


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
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False,
        default=default,
    )  # fmt: skip


def content_id(content: Any) -> str:
    """Return the SHA-256 of the canonical JSON of `content`, as 64 hex digits.

    Raises:
        ValueError: `content` holds NaN, or text that is no Unicode (a lone surrogate).
    """
    return hashlib.sha256(canonical_json(content).encode("utf-8")).hexdigest()
