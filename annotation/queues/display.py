"""Prompts and responses as people see them: as turns, as text, as fields of a page; nothing in them comes alive."""

import json
from collections.abc import Sequence
from html import escape, unescape

from annotation.queues.markdown import as_markdown, fenced
from schemas.images import address_of
from schemas.model_input import model_input
from schemas.prompts import Message, Prompt, ToolCall
from schemas.responses import Response

MAX_TURN = 20_000
"""Characters that Argilla takes in one turn of a conversation; a longer one continues in further turns."""

MAX_TURNS = 500
"""Turns that Argilla takes in one conversation."""

BEGINNING = "assistant, whom every response goes on from here"
"""What people see as the role of a turn that every response goes on from."""


def as_plain(text: str) -> str:
    """Give a text for a field without markdown, which Argilla puts into the page as HTML.

    Marks made in such a field count UTF-16 units of what people see, while the server counts characters of what it
    holds; blanks at the end make up for characters of two units, so that no mark is refused as beyond the end.
    """
    shown = text.replace("\r\n", "\n").replace("\r", "\n") or "(empty)"
    return escape(shown, quote=False) + " " * sum(ord(c) > 0xFFFF for c in shown)


def marked_words(plain: str, start: int, end: int) -> str:
    """Give the words between two places of a field made by `as_plain`, counted as the page counts them."""
    units = unescape(plain).encode("utf-16-le")
    return units[2 * start : 2 * end].decode("utf-16-le", errors="replace")


def as_turns(prompt: Prompt) -> list[dict[str, str]]:
    """Give a prompt as the turns of a conversation, in the shape of Argilla's chat field.

    Tools and documents come first, each in a turn of its own; calls of tools stand as code below what was said; an
    image is named, not loaded; what every response goes on from comes last, with a role that says so. A turn longer
    than `MAX_TURN` goes on in the next.
    """
    shown = [(role, as_pieces(text)) for role, text in _parts(prompt)]
    if tools := model_input(prompt).tools:
        shown.insert(0, ("tools", [fenced(_pretty(tools), "json")]))
    return [{"role": role, "content": piece} for role, pieces in shown for piece in pieces]


def as_text(prompt: Prompt) -> str:
    """Give a prompt as one text, each part after the word for what it is; for a cell of a table."""
    tools = model_input(prompt).tools
    parts = [("tools", tools)] if tools else []
    return "\n\n".join(f"{role}: {text}" for role, text in [*parts, *_parts(prompt)])


def as_pieces(text: str) -> list[str]:
    """Cut a text, at ends of lines where there are any, into markdown of at most `MAX_TURN` characters each."""
    whole = as_markdown(text)
    if len(whole) <= MAX_TURN:
        return [whole]
    middle = len(text) // 2
    cut = text.rfind("\n", middle // 2, middle) + 1 or middle
    return [*as_pieces(text[:cut]), *as_pieces(text[cut:])]


def response_text(response: Response) -> str:
    """Give what a response says and which tools it calls, as markdown source; several turns each after its role."""
    if not response.turns:
        return _with_calls(response.text, response.tool_calls)
    turns = response.as_turns()
    return "\n\n".join(f"({turn.role})\n\n{_message_text(turn)}" for turn in turns)


def _parts(prompt: Prompt) -> list[tuple[str, str]]:
    """Give documents, turns and what every response goes on from, each with the word for what it is."""
    told = model_input(prompt)
    parts = [("document", text) for text in told.documents]
    parts += [(turn.role, _message_text(turn)) for turn in told.turns]
    if told.beginning:
        parts.append((BEGINNING, _message_text(told.beginning)))
    return parts


def _message_text(message: Message) -> str:
    said = message.content or "\n\n".join(
        part.text or "" if part.type == "text" else _image(part.image) for part in message.parts
    )
    word = "result of" if message.role == "tool" else "name:"
    about = f"({word} {message.name})\n\n" if message.name else ""
    return _with_calls(about + said, message.tool_calls)


def _with_calls(text: str, calls: Sequence[ToolCall]) -> str:
    blocks = [f"calls `{call.name}`\n\n{fenced(_pretty(call.arguments), 'json')}" for call in calls]
    return "\n\n".join([text, *blocks] if text.strip() else blocks) or text


def _image(address: str | None) -> str:
    if address and address.startswith("data:"):
        return f"(image, {len(address)} characters of data)"
    return f"(image: {address_of(address).place if address else address})"


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except json.JSONDecodeError:
        return text
