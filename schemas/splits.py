"""Splits that do not leak: the id of a prompt alone decides where it goes."""

import hashlib
from collections.abc import Mapping

DEFAULT_SHARES = {"train": 0.9, "test": 0.1}
"""Share of the prompts by split where the settings of a run name none; stored settings leave defaults out, so it stays."""

_DIGITS = 13


def split_of(prompt_id: str, shares: Mapping[str, float]) -> str:
    """Return the split of a prompt, the same on every machine and in every release.

    Held-out splits keep their place whatever else is asked for: "test" takes the top of the range, "validation"
    the part below. So a prompt that once was in a test split stays there as long as its share does not shrink.

    Args:
        prompt_id: Id of the prompt; all rows of one prompt land in one split.
        shares: Share of the prompts by split, positive, summing to 1.
    """
    digest = hashlib.sha256(f"split:{prompt_id}".encode()).hexdigest()
    place = int(digest[:_DIGITS], 16) / 16**_DIGITS
    names = sorted(shares, key=_rank)
    top = 1.0
    for name in reversed(names):
        top -= shares[name]
        if place >= top:
            return name
    return names[0]


def _rank(name: str) -> tuple[int, str]:
    return {"train": 0, "validation": 2, "test": 3}.get(name, 1), name
