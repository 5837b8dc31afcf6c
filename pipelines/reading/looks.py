"""How prompts and responses look: what reads the same to the eye has one look, whatever its id."""

import hashlib
from typing import Any

from winnow.pipelines.reading.exact import read_exact, write_exact
from winnow.schemas.images import image_key
from winnow.schemas.prompts import INSTRUCTIONS, Message, Prompt
from winnow.schemas.responses import Response
from winnow.schemas.sameness import as_seen


def turn_look(turn: Message) -> tuple[Any, ...]:
    """Return what two turns that look the same have in common; ids of calls and names of speakers do not show."""
    role = "system" if turn.role in INSTRUCTIONS else turn.role
    images = tuple(image_key(part.image) for part in turn.parts if part.image)
    calls = tuple(call_look(call.name, call.arguments) for call in turn.tool_calls)
    return role, as_seen(turn.text()), images, calls


def call_look(name: str, arguments: str) -> tuple[str, str]:
    """Return what two calls of tools that say the same have in common, however their JSON is written."""
    try:
        return name, write_exact(read_exact(arguments))
    except (ValueError, RecursionError):
        return name, arguments


def prompt_look(prompt: Prompt) -> bytes:
    """Return the SHA-256 of how a prompt looks; one that nobody knows looks like no other."""
    if not prompt.is_known:
        return _digest([prompt.prompt_id])
    turns, contexts = map(turn_look, prompt.messages), map(as_seen, prompt.contexts)
    return _digest([*turns, prompt.tools, *contexts])


def response_look(response: Response) -> bytes:
    """Return the SHA-256 of how a response looks, beside whose it is; one that nobody knows looks like no other."""
    if response.text is None:
        return _digest([response.response_id])
    whose = (response.prompt_id, response.model, response.model_revision, response.sample_index)
    calls = (call_look(call.name, call.arguments) for call in response.tool_calls)
    turns = map(turn_look, response.turns)
    images = (image_key(part.image) for part in response.parts if part.image)
    return _digest([*whose, as_seen(response.text), *images, *calls, *turns])


def _digest(parts: list[Any]) -> bytes:
    # No id that is stored: repr tells parts apart as JSON does, in less time.
    return hashlib.sha256(repr(parts).encode()).digest()
