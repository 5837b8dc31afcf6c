"""How prompts and responses look: what reads the same to the eye has one look, whatever its id."""

import hashlib
from typing import Any

from winnow.pipelines.reading.exact import read_exact, write_exact
from winnow.schemas.ids import content_id
from winnow.schemas.images import image_key
from winnow.schemas.prompts import INSTRUCTIONS, Message, Prompt, PromptContent
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
    """Return how a prompt looks, as a digest: the id that it would have if it stood as it looks.

    One that nobody knows looks like no other.
    """
    if not prompt.is_known:
        return bytes.fromhex(prompt.prompt_id)
    turns, contexts = [*map(turn_look, prompt.messages)], tuple(map(as_seen, prompt.contexts))
    if any(images or calls for _, _, images, calls in turns):
        return _digest([*turns, prompt.tools, *contexts])
    messages = tuple(Message(role=role, content=seen) for role, seen, *_ in turns)
    asked = PromptContent(messages=messages, tools=prompt.tools, contexts=contexts)
    return bytes.fromhex(content_id(asked.as_content()))


def response_look(response: Response) -> bytes:
    """Return how a response looks, as a digest: the id that it would have if it stood as it looks.

    One that nobody knows looks like no other.
    """
    if response.text is None:
        return bytes.fromhex(response.response_id)
    seen = as_seen(response.text)
    if not (response.turns or response.parts or response.tool_calls):
        as_it_looks = response.model_copy(update={"text": seen})
        return bytes.fromhex(content_id(as_it_looks.as_content()))
    whose = (response.prompt_id, response.model, response.model_revision, response.sample_index)
    calls = (call_look(call.name, call.arguments) for call in response.tool_calls)
    turns = map(turn_look, response.turns)
    images = (image_key(part.image) for part in response.parts if part.image)
    return _digest([*whose, seen, *images, *calls, *turns])


def _digest(parts: list[Any]) -> bytes:
    # No id that is stored: repr tells parts apart as JSON does, in less time.
    return hashlib.sha256(repr(parts).encode()).digest()
