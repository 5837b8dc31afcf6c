"""Conversations as trainers write them: dicts of role and content, tool calls as chat templates read them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from winnow.schemas.model_input import model_input
from winnow.schemas.prompts import Message, Prompt, ToolCall
from winnow.schemas.responses import Response
from winnow.warehouse.export.arguments import read_arguments
from winnow.warehouse.export.layout import SIDES, Content, PreferenceText

if TYPE_CHECKING:
    from datasets import List, Value

Chat = list[dict[str, Any]]


class Told(NamedTuple):
    """One preference as turns: what the model got, and what it gave."""

    tools: str | None
    """JSON text of the tools' schemas that the model could call."""

    asked: tuple[Message, ...]
    """The finished turns before the responses, documents in the system message."""

    is_begun: bool
    """Whether the responses go on from a turn that was begun."""

    chosen: tuple[Message, ...] | None
    """The turns of the better response, a beginning included; None where it does not go on from the beginning."""

    rejected: tuple[Message, ...] | None
    """The same of the worse response."""

    def responses(self) -> tuple[Message, ...]:
        """Return the turns of both responses."""
        return (*(self.chosen or ()), *(self.rejected or ()))


def told(preference: PreferenceText) -> Told:
    """Put a preference into turns, by the one rule of what a prompt is for a model."""
    fields = {
        "prompt_id": preference["prompt_id"],
        "messages": preference["prompt"],
        "tools": preference["tools"],
        "contexts": preference["contexts"] or (),
        "source": preference["source"],
    }
    given = model_input(Prompt.model_validate(fields))
    chosen, rejected = (
        Response.model_validate(
            {"response_id": "-", "prompt_id": preference["prompt_id"], "model": "-"} | said
        ).as_turns()
        for said in _sides(preference)
    )
    return Told(
        tools=given.tools,
        asked=given.finished(),
        is_begun=given.beginning is not None,
        chosen=given.answered(chosen),
        rejected=given.answered(rejected),
    )


def _sides(preference: PreferenceText) -> Iterable[dict[str, Any]]:
    for side in SIDES:
        row: Any = preference
        calls, turns = row[f"{side}_tool_calls"] or (), row[f"{side}_turns"]
        yield {
            "text": row[side],
            "tool_calls": calls,
            "turns": turns,
            "parts": row[f"{side}_parts"],
        }


def side_alone(parts: Told, *, is_chosen: bool) -> Told:
    """Return a preference as if it held one response alone: the better, or the worse."""
    return parts._replace(rejected=None) if is_chosen else parts._replace(chosen=None)


def chat(turns: Iterable[Message] | None) -> Chat:
    """Write turns as trainers do."""
    return [_turn(turn) for turn in turns or ()]


def words_by_role(turns: Iterable[Message] | None) -> Chat:
    """Write role and content of each turn, for a column that holds nothing else."""
    return [{"role": turn.role, "content": turn.text()} for turn in turns or ()]


def chat_feature(content: Content) -> "List":
    """Return the column type of a conversation.

    Turns that call tools are JSON, since a struct would fill every turn with the keys and arguments of all others.
    """
    from datasets import Json, List

    return List(Json() if content.has_tool_turns else turn_feature())


def turn_feature() -> "dict[str, Value]":
    """Return the column type of one turn of role and content alone."""
    from datasets import Value

    return {"role": Value("string"), "content": Value("string")}


def text_feature() -> "Value":
    """Return the column type of plain text."""
    from datasets import Value

    return Value("string")


def _turn(turn: Message) -> dict[str, Any]:
    written: dict[str, Any] = {"role": turn.role, "content": turn.text()}
    if turn.tool_calls:
        written["tool_calls"] = [_call(call) for call in turn.tool_calls]
    about = {"tool_call_id": turn.tool_call_id, "name": turn.name}
    return written | {key: value for key, value in about.items() if value}


def _call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": read_arguments(call.arguments)}
    known_id = {"id": call.id} if call.id else {}
    return {**known_id, "type": "function", "function": function}
