"""Which responses say the same, and which say nothing."""

import hashlib
from typing import Any

import pyarrow as pa

from winnow.pipelines.reading.looks import call_look
from winnow.schemas.ids import canonical_json
from winnow.schemas.images import image_key
from winnow.schemas.sameness import as_seen


def content_keys(responses: pa.Table) -> dict[str, str | None]:
    """Return what tells one content from another, by response_id.

    What looks the same says the same (`winnow.schemas.sameness`), so a blank line or a template's end mark does not count. Ids
    of tool calls do not either. Of several turns each counts, with its role.

    Args:
        responses: The responses table.

    Returns:
        A hash of turns, text and tool calls; None for a response without any of them; the id of one that nobody knows.
    """
    names = ("response_id", "turns", "text", "parts", "tool_calls")
    columns = (responses[name].to_pylist() for name in names)
    return {
        response_id: response_id
        if text is None
        else _key(turns or [], _pieces(parts) if parts else text, calls)
        for response_id, turns, text, parts, calls in zip(*columns, strict=True)
    }


def _key(turns: list[dict[str, Any]], text: str, calls: list[dict[str, str]]) -> str | None:
    said = [[turn["role"], *_said(_words(turn), turn["tool_calls"])] for turn in turns]
    plain, called = _said(text, calls)
    if not plain and not called and not said:
        return None
    content = [plain, called, said] if said else [plain, called]
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def _words(turn: dict[str, Any]) -> str:
    return turn["content"] or _pieces(turn["parts"])


def _pieces(parts: list[dict[str, Any]]) -> str:
    return "\n".join(part["text"] or image_key(part["image"] or "") for part in parts)


def _said(text: str, calls: list[dict[str, str]]) -> tuple[str, list[list[str]]]:
    return as_seen(text), [list(call_look(call["name"], call["arguments"])) for call in calls]
