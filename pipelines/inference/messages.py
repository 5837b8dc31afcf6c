"""Conversations as chat templates and OpenAI-compatible servers want them."""

import base64
import json
import mimetypes
from collections.abc import Iterable
from typing import Any

from winnow.schemas.images import address_of, read_image
from winnow.schemas.prompts import Message, Part, ToolCall


def to_openai(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Write messages as dicts with role, content and, where there are some, tool calls.

    Raises:
        OSError: An image piece names a file that cannot be read, or that is no longer the one it was.
    """
    return [_message(m) for m in messages]


def _message(message: Message) -> dict[str, Any]:
    content: Any = [_part(p) for p in message.parts] if message.parts else message.content
    fields = {
        "role": message.role,
        "content": content,
        "tool_calls": [_tool_call(c, i) for i, c in enumerate(message.tool_calls)],
        "tool_call_id": message.tool_call_id,
        "name": message.name,
    }
    return {k: v for k, v in fields.items() if v or k in ("role", "content")}


def _tool_call(call: ToolCall, place: int) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id or f"call_{place}", "type": "function", "function": function}


def _part(part: Part) -> dict[str, Any]:
    if part.type == "text":
        return {"type": "text", "text": part.text or ""}
    return {"type": "image_url", "image_url": {"url": _image_url(part.image or "")}}


def _image_url(image: str) -> str:
    if image.startswith(("http://", "https://", "data:")):
        return image
    kind = mimetypes.guess_type(address_of(image).place)[0] or "image/png"
    return f"data:{kind};base64,{base64.b64encode(read_image(image)).decode()}"


def read_tools(tools: str | None) -> list[dict[str, Any]] | None:
    """Read the tools' schemas, each wrapped as {"type": "function", "function": ...}.

    Raises:
        ValueError: The text is no JSON list.
    """
    if tools is None:
        return None
    listed = json.loads(tools)
    if not isinstance(listed, list):
        raise ValueError(f"tools are {type(listed).__name__}, wanted a JSON list of tools")
    return [t if "function" in t else {"type": "function", "function": t} for t in listed]
