"""Quotes from a response: whether it holds them, and in which of its turns."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from winnow.annotation.fence import defuse
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.responses import Response

ALIKE = ("'‘’", '"“”„«»', "-‐‑–—")
"""Characters that models write for one another as they copy."""


class FoundQuote(NamedTuple):
    """A quote that a response holds."""

    turn: int
    """The turn of the response in which it stands first, counted from 1."""

    text: str
    """The words as the response has them."""


class QuotableTurn(NamedTuple):
    """A turn of a response with what of it can show whether a criterion is met."""

    number: int
    """Which turn of the response it is, counted from 1."""

    text: str
    """What the assistant or a tool says in it, and the calls of tools; empty of a turn of the user."""


def quotable_turns(response: Response) -> list[QuotableTurn]:
    """List the turns of a response as judges read them."""
    return [QuotableTurn(n, _quotable(turn)) for n, turn in enumerate(response.as_turns(), 1)]


def find_quote(quote: str, turns: Iterable[QuotableTurn]) -> FoundQuote | None:
    """Find a quote, whatever white space and whichever quotation marks and dashes it has; None where no turn holds it.

    A quote without words stands nowhere.
    """
    words = quote.split()
    if not words:
        return None
    pattern = re.compile(r"\s+".join("".join(map(_like, word)) for word in words))
    for turn in turns:
        if found := pattern.search(turn.text):
            return FoundQuote(turn.number, found[0])
    return None


def turns_answering(user_turn: int, prompt: Prompt, response: Response) -> Sequence[int]:
    """List the turns of a response that answer one turn of the user.

    Args:
        user_turn: Which turn of the user, counted from 1, those of the prompt first.
        prompt: The prompt.
        response: The response; the user may speak in it again.

    Returns:
        Numbers of turns, counted from 1; none where that turn was answered before, or never came.
    """
    said = sum(turn.role == "user" for turn in prompt.messages)
    found = []
    for number, turn in enumerate(response.as_turns(), 1):
        said += turn.role == "user"
        if said == user_turn and turn.role != "user":
            found.append(number)
    return found


def _like(character: str) -> str:
    alike = next((group for group in ALIKE if character in group), character)
    return f"[{re.escape(alike)}]" if len(alike) > 1 else re.escape(alike)


def _quotable(turn: Message) -> str:
    """Return a turn without the marks that judges do not see either."""
    if turn.role not in ("assistant", "tool"):
        return ""
    calls = (f"{call.name} {call.arguments}" for call in turn.tool_calls)
    return "\n".join(map(defuse, [turn.text(), *calls]))
