"""What a format can carry of a preference, and why one that holds more is left out."""

from collections.abc import Iterable
from typing import NamedTuple

from winnow.schemas.prompts import Message
from winnow.warehouse.export.arguments import ChangedArguments, read_arguments
from winnow.warehouse.export.chat import Told


class Carries(NamedTuple):
    """The parts that a format has a place for, beside text by role; none carries images."""

    roles: bool = True
    """Turns of several roles; without, a prompt is one turn of the user and a response one turn of text."""

    tools: bool = False
    """The schemas of tools that may be called."""

    calls: bool = False
    """Calls of tools, their results, and the name of who speaks."""

    beginning: bool = False
    """A turn that the responses go on from."""

    responses: bool = True
    """The responses; without, the format holds prompts alone."""


def why_left_out(told: Told, carries: Carries) -> str | None:
    """Say why a format cannot hold a preference; None where it holds all that was judged."""
    turns = (*told.asked, *(told.responses() if carries.responses else ()))
    if any(part.type == "image" for turn in turns for part in turn.parts):
        return "holds_image"
    reasons = {
        "needs_roles": not carries.roles and _needs_roles(told),
        "uses_tools": _uses_tools(told, turns, carries),
        "names_speaker": not carries.calls and any(turn.name for turn in turns),
        "prefilled": told.is_begun and not _goes_on(told, carries),
        "several_turns": not carries.roles and _has_several_turns(told),
        "changed_arguments": carries.calls and _are_changed(turns),
    }
    return next((reason for reason, is_so in reasons.items() if is_so), None)


def _needs_roles(told: Told) -> bool:
    is_question = len(told.asked) == 1 and told.asked[0].role == "user" and not told.is_begun
    return not is_question or told.tools is not None or any(t.tool_calls for t in told.responses())


def _uses_tools(told: Told, turns: Iterable[Message], carries: Carries) -> bool:
    if told.tools is not None and not carries.tools:
        return True
    calls = (turn.tool_calls or turn.tool_call_id or turn.role == "tool" for turn in turns)
    return not carries.calls and any(calls)


def _goes_on(told: Told, carries: Carries) -> bool:
    return carries.beginning and told.chosen is not None and told.rejected is not None


def _has_several_turns(told: Told) -> bool:
    return any(side is not None and len(side) > 1 for side in (told.chosen, told.rejected))


def _are_changed(turns: Iterable[Message]) -> bool:
    try:
        for turn in turns:
            for call in turn.tool_calls:
                read_arguments(call.arguments)
    except ChangedArguments:
        return True
    return False
