"""The log-probabilities of a given text, from the tokens that a model gave back for the turn which ends with it."""

import math
import re
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from winnow.annotation.judge import Question, Reply
from winnow.schemas.prompts import Message
from winnow.schemas.token_logprobs import TokenLogprob

_PARTIAL = "\ufffd"
"""What stands for a token that is part of a character."""
_MOST_AHEAD = 32
"""Tokens of what stands ahead of a text that may come with it, at most: those that a tokenizer cuts otherwise for it."""
_SHOWN = 80


class ScoredText(NamedTuple):
    """Log-probabilities of the tokens of a text."""

    logprobs: tuple[float, ...]
    """One a token, in nats."""

    tokens: tuple[str, ...]
    """The tokens as text."""

    is_shared: bool
    """Whether the first token holds the end of what stands ahead as well, so that its log-probability is of both."""

    @property
    def total(self) -> float:
        """Their sum: the log-probability of the text."""
        return math.fsum(self.logprobs)

    @property
    def mean(self) -> float:
        """Their mean, in nats a token."""
        return self.total / len(self.logprobs)

    @property
    def words(self) -> str:
        """What was found, for a rationale."""
        shared = ", the first of which holds the end of what stands ahead" if self.is_shared else ""
        return f"log-probability {self.total:.4f} over {len(self.logprobs)} tokens{shared}"


class Unscored(NamedTuple):
    """Why there are no log-probabilities of a text."""

    why: str
    """The reason in words."""


def score_text(turns: Sequence[Message], text: str, tools: str | None = None) -> Question:
    """Ask for the log-probabilities of a text with which the last turn ends; nothing behind it is asked about.

    Args:
        turns: The conversation; the last turn is plain text that ends with `text`.
        text: What is scored; not empty.
        tools: JSON text of the tools that the conversation tells of.
    """
    return Question(
        messages=tuple(turns),
        tools=tools,
        task="prompt_logprobs",
        scored_chars=len(text),
        max_tokens=1,
        temperature=0.0,
    )


def read_scored(reply: Reply, text: str) -> ScoredText | Unscored:
    """Read the log-probabilities of a text; strictly, so that a token too many or too few is no score.

    A turn is cut into tokens as a whole, so the reply may begin with tokens of what stands ahead: those are left out by
    what they spell. Where one token holds the end of that and the beginning of the text, it counts, and is told.

    Args:
        reply: What came back of `score_text`.
        text: The text that was asked about.
    """
    if not reply.tokens:
        return Unscored("the server gave no log-probabilities of the text")
    found = _first_of(reply.tokens, text)
    if found is None:
        spelt = "".join(token.token for token in reply.tokens)
        return Unscored(f"the tokens that came back do not spell the text: {spelt[:_SHOWN]!r}")
    first, is_shared = found
    tokens = reply.tokens[first:]
    logprobs = [token.logprob for token in tokens]
    given = [logprob for logprob in logprobs if logprob is not None]
    if len(given) < len(logprobs):
        n = len(logprobs) - len(given)
        return Unscored(
            f"the server gave no log-probability of {n} of the text's {len(logprobs)} tokens"
        )
    return ScoredText(tuple(given), tuple(token.token for token in tokens), is_shared)


def _first_of(tokens: Sequence[TokenLogprob], text: str) -> tuple[int, bool] | None:
    """Find the first token of a text that the tokens end with, and whether it holds more than the text.

    Tokens may lack blanks, as some engines spell them; then all but blanks must agree.
    """
    spelt = [token.token for token in tokens]
    if found := _aligned(spelt, text):
        return found
    if text[:1].isspace():  # nobody could tell these blanks from those ahead
        return None
    found = _aligned([_visible(token) for token in spelt], _visible(text))
    if found is None:
        return None
    first, is_shared = found
    while not _visible(spelt[first]):
        first += 1
    return first, is_shared


def _aligned(spelt: Sequence[str], text: str) -> tuple[int, bool] | None:
    whole = "".join(spelt)
    if not text:
        return None
    if whole.endswith(text):
        ahead = len(whole) - len(text)
        ends = list(accumulate(map(len, spelt)))
        first = sum(end <= ahead for end in ends)
        return first, ends[first] - len(spelt[first]) < ahead
    if _PARTIAL not in whole:
        return None
    fits = (
        i
        for i in range(min(len(spelt), _MOST_AHEAD))
        if re.fullmatch(_pattern(spelt[i:]), text, re.DOTALL)
    )
    first = next(fits, -1)
    return (first, False) if first >= 0 else None


def _pattern(spelt: Sequence[str]) -> str:
    """Write a pattern of what tokens spell, in which parts of characters stand for up to as many characters."""
    pieces = re.split(f"({_PARTIAL}+)", "".join(spelt))
    return "".join(
        f"[^\\x00-\\x7f]{{1,{len(piece)}}}" if piece[:1] == _PARTIAL else re.escape(piece)
        for piece in pieces
    )


def _visible(text: str) -> str:
    return "".join(text.split())
