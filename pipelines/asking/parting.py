"""Thoughts and answers told apart in rows of requests and what came back, looking closely at the few that need it."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.inference.requests import ChatRequest
from winnow.pipelines.inference.thoughts import (
    Parted,
    may_be_asked_for,
    may_hold_thought,
    part_answer,
)


def may_be_more_than_answers(rows: pa.Table) -> pa.ChunkedArray:
    """Say which rows `part_row` may make more of than an answer, by their columns `text` and `reasoning`; never null."""
    is_odd = pc.or_(may_hold_thought(rows["text"]), pc.is_valid(rows["reasoning"]))
    return pc.fill_null(is_odd, False)


def part_row(row: Mapping[str, Any]) -> Parted:
    """Tell thought and answer of one row apart.

    Args:
        row: The request as `ChatRequest.canonical` writes it as `request`, and of the completion `text`, `reasoning` and
            `tool_calls`.
    """
    asked = ""
    if may_be_asked_for(
        row["text"]
    ):  # only some marks of a thought may be part of what was asked for
        turns = ChatRequest.model_validate_json(row["request"]).messages
        asked = "\n".join(turn.text() for turn in turns)
    calls_tools = bool(row["tool_calls"])
    return part_answer(row["text"], row["reasoning"], calls_tools=calls_tools, asked=asked)
