"""How likely each answer of a closed set was, from the tokens in which a judge gave one."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from winnow.annotation.judge import Judge, Reply
from winnow.schemas.token_logprobs import TokenLogprob

ALTERNATIVES = 10
"""Alternatives that are asked for at each place: more than there are answers, since others stand among them."""
MOST_UNKNOWN = 0.05
"""Share of the probability that may be left out because it cannot be told which of several answers it was of; so far
off, at most, are the shares of the rest."""
_TWO_DIGITS = re.compile("[0-9]{2}")


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
    """Read how likely each allowed answer was where a reply holds one.

    The tokens that begin an answer at its place share out its probability; what else the model might have said there
    is left out, so that the shares sum to 1. An answer that no listed token begins counts as impossible. A number of
    several tokens is read to its end: the first digit's share goes to those numbers that the next tokens make of it.

    Args:
        reply: The reply with its tokens.
        at: Where in its text the answer begins, in characters.
        answers: All allowed answers as JSON writes them, such as '"tie"' or "4".

    Returns:
        One share an answer; None where the server gave no alternatives, where the token in the reply is not among them
        (a grammar forced it), or where more than `MOST_UNKNOWN` of the probability lies on tokens that begin several
        answers and were not said, so that nobody knows what would have followed.
    """
    common = len(list(takewhile(lambda column: len(set(column)) == 1, zip(*answers, strict=False))))
    place = _place_of(reply, at + common)
    if place is None:
        return None
    said = reply.tokens[place.token :]
    begun = said[0].token[: place.offset].lstrip()
    rests = {i: answer[common:] for i, answer in enumerate(answers)}
    found = _shares(said, begun, rests, are_whole=_writes_numbers_whole(reply))
    return None if found is None else tuple(found[i] for i in range(len(answers)))


def _shares(
    said: Sequence[TokenLogprob], begun: str | None, rests: Mapping[int, str], *, are_whole: bool
) -> dict[int, float] | None:
    """Share out the probability of the first token among the answers, by number.

    Args:
        said: The token at the place and all after it.
        begun: What of the token stands before the answers; None where the answers have begun before.
        rests: What of each answer is still to come.
        are_whole: Whether a token that is a whole number is that number and not the beginning of another.
    """
    if not said or said[0].token not in {choice.token for choice in said[0].top}:
        return None
    mass, unknown = dict.fromkeys(rests, 0.0), 0.0
    goes_on = len(said) > 1 and said[1].token[:1].isdigit()
    for choice in said[0].top:
        p, is_said = math.exp(choice.logprob), choice.token == said[0].token
        begin = _beginning(choice.token, begun)
        begins = [i for i, rest in rests.items() if begin is not None and _begins(begin, rest)]
        is_whole = are_whole and not (is_said and goes_on)
        whole = [i for i in begins if is_whole and rests[i] == begin]
        if len(begins) < 2 or whole:
            for i in whole or begins:
                mass[i] += p
        elif is_said:
            longer = {i: rests[i][len(begin or "") :] for i in begins}
            further = _shares(said[1:], None, longer, are_whole=are_whole)
            if further is None:
                return None
            for i, share in further.items():
                mass[i] += p * share
        else:
            unknown += p
    total = math.fsum(mass.values())
    if not total or unknown > MOST_UNKNOWN * (total + unknown):
        return None
    return {i: one / total for i, one in mass.items()}


def _beginning(token: str, begun: str | None) -> str | None:
    """Return what a token holds of an answer; None where it does not go on from what stands before the answer."""
    if begun is None:
        return token
    bare = token.lstrip()
    return bare[len(begun) :] if bare.startswith(begun) else None


def _begins(begin: str, rest: str) -> bool:
    """Whether a token begins with an answer or with a part of it; a number ends where no digit follows."""
    if not rest:
        return not begin[:1].isdigit()
    if len(begin) <= len(rest):
        return bool(begin) and rest.startswith(begin)
    return begin.startswith(rest) and not (rest[-1].isdigit() and begin[len(rest)].isdigit())


def _writes_numbers_whole(reply: Reply) -> bool:
    """Whether the tokenizer has numbers of several digits as tokens, which shows where it uses one."""
    return any(
        _TWO_DIGITS.search(token)
        for said in reply.tokens
        for token in (said.token, *(choice.token for choice in said.top))
    )


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
