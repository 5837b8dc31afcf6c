"""A prompt with one response as a conversation, as models that score it read it."""

from typing import NamedTuple

from winnow.annotation.fence import defuse
from winnow.annotation.judge import SubjectView
from winnow.schemas.base import Value
from winnow.schemas.model_input import model_input
from winnow.schemas.prompts import INSTRUCTIONS, Message, Prompt


class AnsweredPrompt(NamedTuple):
    """A conversation that ends with what was answered."""

    turns: tuple[Message, ...]
    """All turns: those of the prompt with its documents, then those of the response, which went on from its beginning."""

    text: str
    """What the response says in its last turn, with which the last of `turns` ends; empty where that is not plain text."""

    tools: str | None
    """JSON text of the tools that the prompt tells of; None where there are none."""

    @property
    def before(self) -> tuple[Message, ...]:
        """All turns but the last."""
        return self.turns[:-1]


def answered(view: SubjectView) -> AnsweredPrompt | None:
    """Write down a prompt and its one response; None where the response cannot go on from the prompt's beginning.

    Marks by which chat templates end a turn are broken up in the response, so that it stays one.
    """
    (response,) = view.responses
    told = model_input(view.prompt)
    turns = told.answered(tuple(map(_defused, response.as_turns())))
    if turns is None:
        return None
    plain = "" if response.parts else defuse(response.text or "")
    return AnsweredPrompt((*told.finished(), *turns), plain, told.tools)


def unasked(prompt: Prompt) -> tuple[Message, ...]:
    """Write the turns of a prompt without what was asked: the turns that say how to answer stay, and an empty question, so
    that the template's marks are the same.
    """
    told = model_input(prompt).turns
    return (*(turn for turn in told if turn.role in INSTRUCTIONS), Message(role="user", content=""))


def _defused(turn: Message) -> Message:
    parts = (part.model_copy(update=_broken_up(part, "text")) for part in turn.parts)
    calls = (
        call.model_copy(update=_broken_up(call, "name", "arguments")) for call in turn.tool_calls
    )
    more = {"parts": tuple(parts), "tool_calls": tuple(calls)}
    return turn.model_copy(update={**_broken_up(turn, "content"), **more})


def _broken_up(value: Value, *names: str) -> dict[str, str]:
    """Break up marks in some fields of a value, those that hold text."""
    return {name: defuse(text) for name in names if (text := getattr(value, name)) is not None}
