"""Reads the tools that a prompt offers, and the arguments of calls."""

import json
from collections.abc import Mapping
from typing import Any

from winnow.schemas.prompts import ToolCall


def tools_in(tools: str | None) -> dict[str, Mapping[str, Any]]:
    """Map the names of a prompt's tools to the JSON schemas of their parameters; what is no tool is passed over."""
    listed = parsed(tools or "[]")
    found: dict[str, Mapping[str, Any]] = {}
    for tool in listed if isinstance(listed, list) else []:
        described = tool.get("function", tool) if isinstance(tool, dict) else {}
        if isinstance(described, dict) and isinstance(described.get("name"), str):
            parameters = described.get("parameters")
            found[described["name"]] = parameters if isinstance(parameters, dict) else {}
    return found


def arguments_of(call: ToolCall) -> dict[str, Any] | None:
    """Read the arguments of a call; None where they are no JSON object."""
    arguments = parsed(call.arguments)
    return arguments if isinstance(arguments, dict) else None


def parsed(text: str) -> Any:
    """Read JSON; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
