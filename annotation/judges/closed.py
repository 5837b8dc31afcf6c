"""How likely each answer of a closed set was, from the tokens in which a judge gave one."""

import math
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from winnow.annotation.judge import Judge, Reply
from winnow.schemas.token_logprobs import TokenLogprob

ALTERNATIVES = 10
"""Alternatives that are asked for at each place: more than there are answers, since others stand among them."""


class ClosedJudge(Judge):
    """A judge whose answers are each one of a few that its schema names."""

    probability: bool = False
    """true asks for log-probabilities as well, and keeps how likely each allowed answer was; requests are then others."""

    @property
    def logprobs(self) -> int | None:
        """Alternatives that its questions ask for at each place; None for no log-probabilities."""
        return ALTERNATIVES if self.probability else None


class _TokenPlace(NamedTuple):
    """A character of a token."""

    token: int
    offset: int


def shares(reply: Reply, at: int, answers: Sequence[str]) -> tuple[float, ...] | None:
    """Give how likely each allowed answer was where a reply holds one.

    The tokens that begin an answer at its place share out its probability; what else the model might have said there
    is left out, so that the shares sum to 1. An answer that no listed token begins counts as impossible.

    Args:
        reply: The reply with its tokens.
        at: Where in its text the answer begins, in characters.
        answers: All allowed answers as JSON writes them, such as '"tie"' or "4".

    Returns:
        One share an answer; None where the server gave no alternatives, where the token in the reply is not among them
        (a grammar forced it), or where a token begins more than one answer.
    """
    common = len(list(takewhile(lambda column: len(set(column)) == 1, zip(*answers, strict=False))))
    place = _place_of(reply, at + common)
    if place is None:
        return None
    said = reply.tokens[place.token]
    begun = said.token[: place.offset].lstrip()
    if said.token not in {choice.token for choice in said.top}:
        return None
    rests = [answer[common:] for answer in answers]
    mass = [0.0] * len(answers)
    for choice in said.top:
        begins = [i for i, rest in enumerate(rests) if _begins(choice.token.lstrip(), begun, rest)]
        if len(begins) > 1:
            return None
        for i in begins:
            mass[i] += math.exp(choice.logprob)
    total = math.fsum(mass)
    return tuple(one / total for one in mass) if total > 0 else None


def _begins(token: str, begun: str, rest: str) -> bool:
    """Whether a token, after what of it stands before the answer, begins with an answer or with a part of it."""
    if not token.startswith(begun):
        return False
    begin = token[len(begun) :]
    if not begin or len(begin) <= len(rest):
        return bool(begin) and rest.startswith(begin)
    return begin.startswith(rest) and not (rest[-1].isdigit() and begin[len(rest)].isdigit())


def _place_of(reply: Reply, at: int) -> _TokenPlace | None:
    """Find a character of the text among the tokens.

    Only what every engine spells alike is looked for: visible ASCII. Tokens may lack blanks, spell parts of characters in
    their own way, begin with a thought and end with marks. The last that fits is the answer.
    """
    text = reply.text
    start = max((i + 1 for i in range(at) if not text[i].isascii()), default=0)
    end = next((i for i in range(at, len(text)) if not text[i].isascii()), len(text))
    needle = "".join(filter(_is_plain, text[start:end]))
    ahead = sum(map(_is_plain, text[start:at]))
    places = list(_plain_places(reply.tokens))
    spelt = "".join(reply.tokens[p.token].token[p.offset] for p in places)
    found = spelt.rfind(needle) if needle else -1
    return places[found + ahead] if found >= 0 else None


def _plain_places(tokens: Sequence[TokenLogprob]) -> Iterator[_TokenPlace]:
    for i, token in enumerate(tokens):
        for offset, character in enumerate(token.token):
            if _is_plain(character):
                yield _TokenPlace(i, offset)


def _is_plain(character: str) -> bool:
    return "!" <= character <= "~"
