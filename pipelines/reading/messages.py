"""Conversations: from a string, OpenAI's messages or ShareGPT's turns to `winnow.schemas.prompts.Message`."""

import re
from typing import Any

from winnow.pipelines.reading.defects import Defect, abridged, json_fault, kind_of
from winnow.pipelines.reading.exact import read_exact
from winnow.pipelines.reading.fields import check_text, is_missing
from winnow.pipelines.reading.tool_calls import json_text, parse_tool_calls
from winnow.schemas.images import sealed
from winnow.schemas.prompts import Message, Part, Role, ToolCall

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "developer",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "human": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "function_call": "assistant",
    "tool_call": "assistant",
    "function": "tool",
    "observation": "tool",
    "function_response": "tool",
    "tool_response": "tool",
    "ipython": "tool",
}
_CALLING = ("function_call", "tool_call")
"""Roles whose content is the call itself."""

_PARTS = ("text", "image", "image_url")
_PART_NAMES = {"input_text": "text", "output_text": "text", "input_image": "image"}
_TURN_KEYS = {"role", "from"}
_LIKE_TURNS = re.compile(r"""\[\s*\{\s*(["'])(role|from|content|value)\1\s*:""")


def speaking_role(word: Any) -> Role | None:
    """Return the role that a word names, of whose turns the content is what is said; None where it names none."""
    return _ROLES.get(word) if isinstance(word, str) and word not in _CALLING else None


def parse_messages(value: Any, where: str) -> tuple[Message, ...]:
    """Read a list of turns, each {role, content} or {from, value}.

    Args:
        value: What the column holds.
        where: Name of the column, for messages.

    Raises:
        Defect: bad_messages, or a text is not usable.
    """
    if isinstance(value, str):
        raise Defect(
            "bad_messages",
            f"{where!r} is a string, wanted a list of {{role, content}}; "
            'wrap it as [{"role": "user", "content": ...}]',
        )
    if not isinstance(value, list | tuple):
        raise Defect(
            "bad_messages", f"{where!r} is {kind_of(value)}, wanted a list of {{role, content}}"
        )
    if not value:
        raise Defect("empty_prompt", f"{where!r} is an empty list, wanted at least one turn")
    return tuple(_message(turn, f"{where}[{i}]") for i, turn in enumerate(value))


def is_turn(value: Any) -> bool:
    """Say whether a value is one turn, {role, content} or {from, value}."""
    return isinstance(value, dict) and not _TURN_KEYS.isdisjoint(value)


def unpacked(value: Any, where: str) -> Any:
    """Return the turns that a cell holds as JSON text, as tables without nesting do; anything else as it is.

    Text counts as such where it is JSON, one turn or a list of nothing but turns: an answer may be JSON itself.

    Raises:
        Defect: bad_messages: it begins like turns and is no JSON, such as the `str()` of a list.
    """
    if not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
        return value
    try:
        found = read_exact(value)
    except (ValueError, RecursionError) as error:
        if not _LIKE_TURNS.match(value.lstrip()):
            return value
        fault = json_fault(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise Defect(
            "bad_messages",
            f"{where!r} begins like a list of turns, but is no JSON: {fault}; write it with json.dumps",
        ) from None
    turns = found if isinstance(found, list) else [found]
    return found if turns and all(map(_is_plainly_turn, turns)) else value


def _is_plainly_turn(value: Any) -> bool:
    # An answer may be an object with "from" and "to": only a known role beside what it says makes a turn.
    return (
        is_turn(value)
        and str(_first(value, "role", "from")) in _ROLES
        and _first(value, "content", "value", "tool_calls", "function_call") is not None
    )


def _message(turn: Any, where: str) -> Message:
    if not isinstance(turn, dict):
        raise Defect("bad_messages", f"{where} is {kind_of(turn)}, wanted {{role, content}}")
    named, content = _first(turn, "role", "from"), _first(turn, "content", "value")
    role = _role(named, where)
    calls = _calls(turn, where)
    if named in _CALLING:
        calls, content = (*calls, *parse_tool_calls(content, f"{where}.content")), None
    if calls and role != "assistant":
        raise Defect("bad_messages", f"{where} calls tools as {role!r}, wanted 'assistant'")
    if role == "tool" and isinstance(content, dict):
        content = json_text(content, f"{where}.content", "bad_messages")
    text, parts = parse_content(content, f"{where}.content")
    if text is None and not parts and not calls:
        raise Defect("bad_messages", f"{where} has neither content nor tool_calls")
    # An empty text beside tool calls says the same as none: one conversation, one id.
    text = None if calls and not text else text
    return Message(
        role=role,
        content=text,
        parts=parts,
        tool_calls=calls,
        tool_call_id=_optional(turn, "tool_call_id", where),
        name=_optional(turn, "name", where),
    )


def _first(turn: dict[str, Any], *keys: str) -> Any:
    return next((turn[key] for key in keys if not is_missing(turn.get(key))), None)


def _calls(turn: dict[str, Any], where: str) -> tuple[ToolCall, ...]:
    calls = parse_tool_calls(turn.get("tool_calls"), f"{where}.tool_calls")
    # Before there were tool_calls, OpenAI's turns held one function_call.
    return calls or parse_tool_calls(turn.get("function_call"), f"{where}.function_call")


def _role(value: Any, where: str) -> Role:
    role = _ROLES.get(value) if isinstance(value, str) else None
    if role is None:
        found = kind_of(value) if not isinstance(value, str) else abridged(value)
        raise Defect(
            "bad_messages", f"{where}.role is {found}, wanted one of {', '.join(sorted(_ROLES))}"
        )
    return role


def _optional(turn: dict[str, Any], key: str, where: str) -> str | None:
    value = turn.get(key)
    return None if is_missing(value) else check_text(value, f"{where}.{key}", "bad_messages")


def parse_content(value: Any, where: str) -> tuple[str | None, tuple[Part, ...]]:
    """Read what a turn says: a text, or a list of parts.

    Returns:
        The text and no parts, or None and the parts; both empty where nothing is said.

    Raises:
        Defect: bad_messages, or a text is not usable.
    """
    if value is None:
        return None, ()
    if isinstance(value, str):
        return check_text(value, where), ()
    if not isinstance(value, list | tuple):
        raise Defect("bad_messages", f"{where} is {kind_of(value)}, wanted text or a list of parts")
    parts = tuple(_part(part, f"{where}[{i}]") for i, part in enumerate(value))
    if len(parts) == 1 and parts[0].type == "text":
        return parts[0].text, ()
    return None, parts


def _part(value: Any, where: str) -> Part:
    if isinstance(value, str):
        return Part(type="text", text=check_text(value, where))
    if not isinstance(value, dict):
        raise Defect("bad_messages", f"{where} is {kind_of(value)}, wanted {{type, ...}}")
    named = value.get("type")
    kind = _PART_NAMES.get(named, named) if isinstance(named, str) else named
    if kind not in _PARTS:
        raise Defect(
            "bad_messages",
            f"{where}.type is {abridged(named)}, wanted one of {', '.join(_PARTS)}",
        )
    if kind == "text":
        text = _first(value, "text", "value", "content")
        return Part(type="text", text=check_text(text, f"{where}.text", "bad_messages"))
    image = _first(value, kind, "image", "image_url", "url", "value")
    image = image.get("url") if isinstance(image, dict) else image
    address = check_text(image, f"{where}.{kind}", "bad_messages")
    return Part(type="image", image=sealed(address))
