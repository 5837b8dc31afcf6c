"""Steps: where the steps of a ready response begin, from their texts or from the numbers of their turns."""

from collections.abc import Sequence
from typing import Any

from winnow.pipelines.reading.defects import Defect, abridged, kind_of
from winnow.pipelines.reading.fields import check_text
from winnow.schemas.prompts import Message
from winnow.schemas.responses import StepStart

BETWEEN = "\n"
"""What stands between steps that come without the whole text."""


def joined_steps(value: Any, where: str) -> str | None:
    """Return the text that steps make which come without it; None where they are no list of texts."""
    if not isinstance(value, list) or not value or not isinstance(value[0], str):
        return None
    return BETWEEN.join(check_text(step, f"{where}[{i}]") for i, step in enumerate(value))


def parse_steps(value: Any, turns: Sequence[Message], where: str) -> tuple[StepStart, ...]:
    """Read the steps of a response: the texts that follow each other in its one turn, or the turns they begin with.

    Args:
        value: What the row holds: a list of texts, a list of numbers of turns, from 0, or nothing.
        turns: All turns of the response.
        where: Its place in the row, for messages.

    Raises:
        Defect: bad_response.
    """
    if value is None or value == []:
        return ()
    if not isinstance(value, list):
        raise Defect(
            "bad_response", f"{where} is {kind_of(value)}, wanted a list of texts or of turns"
        )
    if all(isinstance(step, str) for step in value):
        return _in_text(value, turns, where)
    return _in_turns(value, len(turns), where)


def _in_text(steps: list[str], turns: Sequence[Message], where: str) -> tuple[StepStart, ...]:
    if len(turns) > 1:
        raise Defect(
            "bad_response",
            f"{where} holds texts, but the response has {len(turns)} turns; name the turns that steps begin with, such as [0, 2]",
        )
    text, place, found = turns[0].text(), 0, []
    for i, step in enumerate(steps):
        begin = text.find(step, place) if step.strip() else -1
        if begin < 0 or text[place:begin].strip():
            raise Defect(
                "bad_response",
                f"{where}[{i}] is {abridged(step)}, which the text does not hold after the step before",
            )
        found.append(StepStart(turn=0, character=begin))
        place = begin + len(step)
    if text[place:].strip():
        raise Defect("bad_response", f"{where} ends before the text, at {abridged(text[place:])}")
    return tuple(found)


def _in_turns(steps: list[Any], n_turns: int, where: str) -> tuple[StepStart, ...]:
    numbers = [int(s) if isinstance(s, float) and s.is_integer() else s for s in steps]
    are_whole = all(isinstance(n, int) and not isinstance(n, bool) for n in numbers)
    if not are_whole or numbers[0] != 0 or numbers != sorted(set(numbers)):
        raise Defect(
            "bad_response",
            f"{where} is {abridged(str(steps))}, wanted texts, or ascending numbers of turns from 0",
        )
    if numbers[-1] >= n_turns:
        raise Defect(
            "bad_response", f"{where} names turn {numbers[-1]}, but the response has {n_turns}"
        )
    return tuple(StepStart(turn=n) for n in numbers)
