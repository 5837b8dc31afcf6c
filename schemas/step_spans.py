"""Where a step of a response lies, and the turns that it consists of."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Annotated

from pydantic import Field

from winnow.schemas.base import Value
from winnow.schemas.prompts import Message
from winnow.schemas.responses import StepStart

STEP = "step"
"""Attribute of the rating that says what a step is: 1 correct, 0 neither, -1 incorrect."""
REFERENCE_STEP = "reference_step"
"""Attribute of ratings that name, by number from 1, the steps of the reference that a step goes with."""
VALUE = "value"
"""Attribute of the rating that says how likely a right answer is from the end of a step, 0 to 1."""


class StepSpan(Value):
    """One step of a response, from where it begins to where the next one does."""

    index: Annotated[int, Field(ge=0)]
    """Which step it is, from 0."""

    rule: str
    """Rule by which the response was cut, with its version, such as "paragraphs@1"; "given" where the response brought its
    steps."""

    begins: StepStart
    """Where it begins."""

    ends: StepStart | None = None
    """Where the next step begins; None for the last step."""


def spans_of(starts: Sequence[StepStart], rule: str) -> tuple[StepSpan, ...]:
    """Make the steps of a response of where they begin, in order; the rule is named as in `StepSpan.rule`."""
    return tuple(
        StepSpan(index=i, rule=rule, begins=begins, ends=ends)
        for i, (begins, ends) in enumerate(zip_longest(starts, starts[1:]))
    )


def turns_of(turns: Sequence[Message], span: StepSpan) -> tuple[Message, ...]:
    """Return what a step consists of; of a turn that it shares with another step its own part of the text.

    The texts of all steps of a response, one behind the other, are the texts of its turns. A turn's tool calls belong to the
    last step in it.

    Args:
        turns: All turns of the response.
        span: The step.
    """
    return _between(turns, span.begins, span.ends)


def turns_until(turns: Sequence[Message], span: StepSpan) -> tuple[Message, ...]:
    """Return all of a response up to the end of a step, that step included; arguments are those of `turns_of`."""
    return _between(turns, StepStart(turn=0), span.ends)


def _between(
    turns: Sequence[Message], begins: StepStart, ends: StepStart | None
) -> tuple[Message, ...]:
    end = ends or StepStart(turn=len(turns))
    found = []
    for number, turn in enumerate(turns):
        first = begins.character if number == begins.turn else 0
        is_cut = number == end.turn
        if number < begins.turn or number > end.turn or (is_cut and end.character <= first):
            continue
        if not first and not is_cut:
            found.append(turn)
            continue
        part = turn.text()[first : end.character if is_cut else None]
        calls = () if is_cut else turn.tool_calls
        found.append(turn.model_copy(update={"content": part, "parts": (), "tool_calls": calls}))
    return tuple(found)
