"""Conversations that are given as responses: what of them is the prompt, and what answers it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from winnow.pipelines.reading.defects import Defect, abridged
from winnow.pipelines.reading.looks import turn_look
from winnow.pipelines.reading.messages import parse_messages
from winnow.schemas.prompts import INSTRUCTIONS, Message


class Answered(NamedTuple):
    """What answers a prompt."""

    turns: tuple[Message, ...]
    """Turns before the last one."""

    last: Message
    """The last turn, of the assistant."""


def parse_answered(value: list[Any], where: str, prompt: Sequence[Message]) -> Answered:
    """Read a conversation whose end answers a prompt.

    Its turns begin with those of the prompt, whose system turn it may leave out, or with the assistant's first turn after
    them. All that comes after the prompt is the response.

    Args:
        value: The turns, as the row holds them.
        where: Its place in the row, for messages.
        prompt: What was asked.

    Raises:
        Defect: contradicts_prompt; bad_response where it does not end with the assistant; bad_messages.
    """
    turns = parse_messages(value, where)
    if turns[-1].role != "assistant":
        raise Defect(
            "bad_response", f"{where} ends with a turn of {turns[-1].role!r}, wanted 'assistant'"
        )
    answer = _after(turns, prompt, where)
    return Answered(answer[:-1], answer[-1])


def _after(
    turns: tuple[Message, ...], prompt: Sequence[Message], where: str
) -> tuple[Message, ...]:
    if turns[0].role not in INSTRUCTIONS:
        prompt = [turn for turn in prompt if turn.role not in INSTRUCTIONS]
    n_same = n_shared(turns, prompt)
    if n_same == len(prompt) < len(turns):
        return turns[n_same:]
    if n_same == len(prompt) - 1 < len(turns) and (more := _going_on(turns[n_same], prompt[-1])):
        return (more, *turns[n_same + 1 :])
    if n_same == 0 and turns[0].role == "assistant":
        return turns
    raise Defect("contradicts_prompt", _contradiction(turns, prompt, n_same, where))


def _going_on(turn: Message, begun: Message) -> Message | None:
    """Return what a turn adds to an answer that the prompt has begun; None where it does not go on from one."""
    beginning, whole = begun.text(), turn.content or ""
    if {turn.role, begun.role} != {"assistant"} or not whole.startswith(beginning):
        return None
    return turn.model_copy(update={"content": whole.removeprefix(beginning)})


def _contradiction(
    turns: Sequence[Message], prompt: Sequence[Message], place: int, where: str
) -> str:
    found = (
        f"[{place}] is {_quoted(turns[place])}"
        if place < len(turns)
        else f" ends with [{place - 1}]"
    )
    return (
        f"{where}{found}, but the prompt has {_quoted(prompt[place])} there; a conversation begins with the "
        "prompt's turns or with the answer; where it holds the prompt itself, leave that column unread "
        "(columns: {prompt: null})"
    )


def _quoted(turn: Message) -> str:
    return f"{turn.role!r} saying {abridged(turn.text())}"


def n_shared(turns: Sequence[Message], others: Sequence[Message]) -> int:
    """Count the turns that two conversations begin with alike; what looks the same is the same."""
    n = 0
    for turn, other in zip(turns, others, strict=False):
        if turn_look(turn) != turn_look(other):
            break
        n += 1
    return n


def shared_beginning(
    turns: tuple[Message, ...], others: tuple[Message, ...]
) -> tuple[Message, ...]:
    """Return what two conversations answer: the turns they share, up to the last before an answer.

    Returns:
        At least one turn that is no instruction; nothing where they begin differently.
    """
    n = min(n_shared(turns, others), len(turns) - 1, len(others) - 1)
    while n and turns[n - 1].role == "assistant":
        n -= 1
    asks = any(turn.role not in INSTRUCTIONS for turn in turns[:n])
    return turns[:n] if asks else ()


def shared_instruction(
    conversations: Sequence[tuple[Message, ...]], prompt: Sequence[Message]
) -> tuple[Message, ...]:
    """Return the system turn that every conversation of a row puts before a prompt that has none.

    Returns:
        One turn, or none: where they disagree, the prompt has one, or something else differs too.
    """
    if not conversations or prompt[0].role in INSTRUCTIONS:
        return ()
    first = conversations[0][:1]
    whole = (*first, *prompt)
    same = all(n_shared(turns, whole) == len(whole) for turns in conversations)
    return first if first and first[0].role in INSTRUCTIONS and same else ()
