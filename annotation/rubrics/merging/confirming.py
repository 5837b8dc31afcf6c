"""How a model is asked whether criteria say the same, and how its reply is read."""

from collections.abc import Sequence
from functools import cache
from typing import Literal

from winnow.annotation.fence import Fence, defuse
from winnow.annotation.judge import Question
from winnow.annotation.judges.replies import read_object, schema_of
from winnow.annotation.templates import load_prompt
from winnow.schemas.prompts import Message

Relation = Literal["same", "opposite", "different"]
"""How one criterion relates to another."""

RELATIONS: tuple[Relation, ...] = ("same", "opposite", "different")

_MAX_CHARS = 300
_WHY = "why"


def confirmation(criterion: str, others: Sequence[str]) -> Question:
    """Ask how some criteria relate to one.

    Args:
        criterion: The one.
        others: The others, at least one.
    """
    fence = Fence.against([criterion, *others])
    listed = [
        f"{number}.\n{fence.wrap('criterion', defuse(text))}"
        for number, text in enumerate(others, 1)
    ]
    page = "\n\n".join(
        [f"The one:\n{fence.wrap('criterion', defuse(criterion))}", "The others:", *listed]
    )
    return Question(
        messages=(_system(), Message(role="user", content=page)),
        json_schema=_schema(len(others)),
        max_tokens=2 * _MAX_CHARS + 16 * len(others) + 32,
        temperature=0.0,
    )


def read_confirmation(reply: str, n: int) -> list[Relation] | None:
    """Read how each of `n` criteria relates to the one; None where the reply is not just what was asked for."""
    numbers = tuple(str(number) for number in range(1, n + 1))
    said = read_object(reply, (_WHY, *numbers))
    if said is None or any(said[number] not in RELATIONS for number in numbers):
        return None
    return [said[number] for number in numbers]


@cache
def _system() -> Message:
    text = load_prompt("merge_criteria").substitute(max_chars=_MAX_CHARS)
    return Message(role="system", content=text)


@cache
def _schema(n: int) -> str:
    why = {_WHY: {"type": "string", "maxLength": _MAX_CHARS}}
    return schema_of(why | {str(number): {"enum": list(RELATIONS)} for number in range(1, n + 1)})
