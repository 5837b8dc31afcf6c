"""Chats: responses that are conversations of one question and one answer, which read as the answer alone."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from winnow.pipelines.reading.messages import speaking_role

_KEYS = (("role", "content"), ("from", "value"))


class Chat(NamedTuple):
    """What was asked, and what was answered to it."""

    asked: str
    answers: tuple[str, ...]
    keys: tuple[tuple[str, str], ...]
    """What the turns of each answer call role and content."""


def chat_in(values: Sequence[Sequence[Any]], prompt: str | None) -> Chat | None:
    """Read conversations that answer one question; None where one is anything else.

    Args:
        values: Their turns.
        prompt: What was asked, where the row says so by itself.
    """
    found = [*map(_turns_in, values)]
    asked = prompt if prompt is not None else (found[0].asked if found[0] else "")
    plain = [one for one in found if one and one.asked == asked]
    if len(plain) < len(found):
        return None
    return Chat(asked, tuple(one.answer for one in plain), tuple(one.keys for one in plain))


class _Turns(NamedTuple):
    asked: str
    answer: str
    keys: tuple[str, str]


def _turns_in(turns: Sequence[Any]) -> _Turns | None:
    if len(turns) != 2 or not all(type(turn) is dict for turn in turns):
        return None
    first, last = turns
    keys = next((keys for keys in _KEYS if first.keys() == last.keys() == {*keys}), None)
    if keys is None:
        return None
    asked, answer = _said(first, keys, "user"), _said(last, keys, "assistant")
    return _Turns(asked, answer, keys) if asked and answer else None


def _said(turn: Mapping[str, Any], keys: tuple[str, str], role: str) -> str | None:
    named, content = turn[keys[0]], turn[keys[1]]
    return content if type(content) is str and speaking_role(named) == role else None
