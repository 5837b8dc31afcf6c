"""Checks of a response's form: each a pure function that says whether the response fails it."""

import re

from winnow.annotation.verifiers.tool_schemas import arguments_of, tools_in
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response

_WINDOW = 8
"""Characters of the pieces whose repetition is counted."""

_MIN_WINDOWS = 40
"""Shorter texts are not checked for repetition."""

_MIN_WORDS = 8
_FIRST_WORDS = 100
_HALF = 0.5

_GARBLED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")


def distinct_share(text: str) -> float:
    """Return the share of a text's 8-character pieces that are distinct, 0 to 1; white space counts as one blank.

    Prose is above 0.8, a long table or list may be below 0.2, as is a text that says one sentence five times. Below 40
    pieces it is 1.
    """
    plain = " ".join(text.split())
    n_pieces = len(plain) - _WINDOW + 1
    if n_pieces < _MIN_WINDOWS:
        return 1.0
    return len({plain[i : i + _WINDOW] for i in range(n_pieces)}) / n_pieces


def says_much_twice(text: str) -> bool:
    """Say whether a text may be repetitive: less than half of its pieces, or of its first 100 words, are distinct."""
    words = re.findall(r"[^\W\d_]+", text.casefold())[:_FIRST_WORDS]
    few = len(words) >= _MIN_WORDS and len(set(words)) < _HALF * len(words)
    return few or distinct_share(text) < _HALF


def is_garbled(text: str, asked: str = "") -> bool:
    """Say whether a text holds control characters, or marks of bytes that are no text, which the prompt does not hold."""
    return not set(_GARBLED.findall(text)) <= set(asked)


def has_broken_call(prompt: Prompt, response: Response) -> bool:
    """Say whether a tool call of any turn names no tool of the prompt, or its arguments are no JSON object."""
    known = tools_in(prompt.tools)
    calls = (call for turn in response.as_turns() for call in turn.tool_calls)
    return any(call.name not in known or arguments_of(call) is None for call in calls)
