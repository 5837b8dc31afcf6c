"""Prompts and responses as people see them: as turns, as text, as fields of a page; nothing in them comes alive."""

import json
from collections.abc import Sequence
from html import escape, unescape
from typing import NamedTuple

from winnow.annotation.queues.markdown import as_markdown, fenced
from winnow.schemas.images import address_of
from winnow.schemas.model_input import model_input
from winnow.schemas.prompts import Message, Prompt, ToolCall
from winnow.schemas.responses import Response

MAX_TURN = 20_000
"""Characters that Argilla takes in one turn of a conversation; a longer one continues in further turns."""

MAX_TURNS = 500
"""Turns that Argilla takes in one conversation."""

BEGINNING = "assistant, whom every response goes on from here"
"""What people see as the role of a turn that every response goes on from."""


class Block(NamedTuple):
    """A piece of what was said, laid out by itself, so that no mark in it reaches into the next."""

    text: str
    """As it was written."""

    is_code: bool = False
    """Whether it is JSON to be shown as code."""

    def source(self) -> str:
        """Write it as text, code between fences."""
        return fenced(self.text, "json") if self.is_code else self.text

    def markdown(self) -> str:
        """Return Markdown that shows it."""
        return self.source() if self.is_code else as_markdown(self.text)


def as_plain(text: str) -> str:
    """Return a text for a field without markdown, which Argilla puts into the page as HTML.

    Marks made in such a field count UTF-16 units of what people see, while the server counts characters of what it
    holds; blanks at the end make up for characters of two units, so that no mark is refused as beyond the end.
    """
    shown = text.replace("\r\n", "\n").replace("\r", "\n") or "(empty)"
    return escape(shown, quote=False) + " " * sum(ord(c) > 0xFFFF for c in shown)


def marked_words(plain: str, start: int, end: int) -> str:
    """Return the words between two places of a field made by `as_plain`, counted as the page counts them."""
    units = unescape(plain).encode("utf-16-le")
    return units[2 * start : 2 * end].decode("utf-16-le", errors="replace")


def as_turns(prompt: Prompt) -> list[dict[str, str]]:
    """Return a prompt as the turns of a conversation, in the shape of Argilla's chat field.

    Tools and documents come first, each in a turn of its own; calls of tools stand as code below what was said; an
    image is named, not loaded; what every response goes on from comes last, with a role that says so. A turn longer
    than `MAX_TURN` goes on in the next.
    """
    parts = _parts(prompt)
    if tools := model_input(prompt).tools:
        parts.insert(0, ("tools", [Block(_pretty(tools), is_code=True)]))
    return [{"role": role, "content": piece} for role, blocks in parts for piece in _pieces(blocks)]


def as_text(prompt: Prompt) -> str:
    """Return a prompt as one text, each part after the word for what it is; for a cell of a table."""
    tools = model_input(prompt).tools
    parts = [("tools", [Block(tools)])] if tools else []
    return "\n\n".join(f"{role}: {_source(blocks)}" for role, blocks in [*parts, *_parts(prompt)])


def as_pieces(block: Block) -> list[str]:
    """Cut a text, at ends of lines where there are any, into Markdown of at most `MAX_TURN` characters each."""
    whole = block.markdown()
    if len(whole) <= MAX_TURN:
        return [whole]
    text = block.text
    middle = len(text) // 2
    cut = text.rfind("\n", middle // 2, middle) + 1 or middle
    return [
        piece for half in (text[:cut], text[cut:]) for piece in as_pieces(block._replace(text=half))
    ]


def response_text(response: Response) -> str:
    """Return what a response says and which tools it calls, as text; several turns each after its role."""
    return _source(_response_blocks(response))


def response_markdown(response: Response) -> str:
    """Return Markdown that shows the same."""
    return "\n\n".join(block.markdown() for block in _response_blocks(response))


def _source(blocks: Sequence[Block]) -> str:
    return "\n\n".join(block.source() for block in blocks)


def _pieces(blocks: Sequence[Block]) -> list[str]:
    """Lay blocks out, as many of them together as one turn holds."""
    packed: list[str] = []
    for piece in (piece for block in blocks for piece in as_pieces(block)):
        if packed and len(packed[-1]) + len(piece) + 2 <= MAX_TURN:
            packed[-1] += f"\n\n{piece}"
        else:
            packed.append(piece)
    return packed


def _response_blocks(response: Response) -> list[Block]:
    turns = response.as_turns()
    if len(turns) == 1:
        return _blocks(turns[0])
    return [block for turn in turns for block in (Block(f"({turn.role})"), *_blocks(turn))]


def _parts(prompt: Prompt) -> list[tuple[str, list[Block]]]:
    """Return documents, turns and what every response goes on from, each with the word for what it is."""
    told = model_input(prompt)
    parts = [("document", [Block(text)]) for text in told.documents]
    parts += [(turn.role, _blocks(turn)) for turn in told.turns]
    if told.beginning:
        parts.append((BEGINNING, _blocks(told.beginning)))
    return parts


def _blocks(message: Message) -> list[Block]:
    said = message.content or "\n\n".join(
        part.text or "" if part.type == "text" else _image(part.image) for part in message.parts
    )
    word = "result of" if message.role == "tool" else "name:"
    about = [Block(f"({word} {message.name})")] if message.name else []
    return _with_calls([*about, Block(said)], message.tool_calls)


def _with_calls(said: Sequence[Block], calls: Sequence[ToolCall]) -> list[Block]:
    """Put calls below what was said; where nothing was said, they stand alone."""
    called = [
        block
        for call in calls
        for block in (Block(f"calls `{call.name}`"), Block(_pretty(call.arguments), is_code=True))
    ]
    return [block for block in said if block.text.strip() or not called] + called


def _image(address: str | None) -> str:
    if address and address.startswith("data:"):
        return f"(image, {len(address)} characters of data)"
    return f"(image: {address_of(address).place if address else address})"


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except json.JSONDecodeError:
        return text
