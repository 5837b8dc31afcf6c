"""Whether the words that a criterion quotes stand where it says."""

import re
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache

from winnow.annotation.criteria.evidence import ALIKE

LEAST_LIKENESS = 60.0
"""A span of what a person wrote that is less like it than this, of 100, is not from there."""

_LEAST_WORDS, _LEAST_CHARS, _LEAST_LETTERS = 3, 12, 3
_ALIKE = str.maketrans({other: alike[0] for alike in ALIKE for other in alike[1:]})
# Writing without blanks has a word a character.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_]+(?:['.,][^\W_]+)*")


@lru_cache(maxsize=512)
def fold(text: str) -> str:
    """Write a text as it is compared: blanks, case, quotation marks and dashes of every kind are the same."""
    plain = unicodedata.normalize("NFKC", text).translate(_ALIKE)
    return " ".join(plain.split()).casefold()


def key_of(text: str) -> str:
    """Return what is the same of texts that say the same in the same words: signs count, but for those at the end."""
    return fold(text).rstrip(" .!;:")


@lru_cache(maxsize=512)
def words_in(text: str) -> tuple[str, ...]:
    """List the words of a text as they are compared."""
    return tuple(_WORD.findall(fold(text)))


def stands_in(quote: str, text: str) -> bool:
    """Say whether a text holds a quote word for word; a quote without a word stands nowhere.

    A word or two have to stand there as whole words. One of a letter or two without a figure could be from anywhere, unless it is
    all that the text says.
    """
    words = words_in(quote)
    if not words or fold(quote) not in fold(text):
        return False
    return _is_long(quote) or (
        shares_run(quote, text, len(words)) is not None
        and (len(words) > 1 or _says_something(words[0]) or words == words_in(text))
    )


def _is_long(span: str) -> bool:
    return len(words_in(span)) >= _LEAST_WORDS or len(fold(span)) >= _LEAST_CHARS


def _says_something(word: str) -> bool:
    return len(word) >= _LEAST_LETTERS or any(map(str.isdigit, word))


def likeness(span: str, text: str) -> float:
    """Return how like a span is to the part of a text that is most like it: 100 where it stands there, 0 for nothing alike.

    The parts are as long as the span and begin where the two have letters in common.
    """
    short, long = fold(span), fold(text)
    if not short or not long:
        return 0.0
    if short in long:
        return 100.0
    if len(short) > len(long):
        short, long = long, short
    blocks = SequenceMatcher(None, short, long, autojunk=False).get_matching_blocks()
    begins = {max(0, min(b - a, len(long) - len(short))) for a, b, _ in blocks}
    parts = (long[begin : begin + len(short)] for begin in begins)
    return 100 * max(SequenceMatcher(None, short, part, autojunk=False).ratio() for part in parts)


def is_grounded(span: str, text: str, least: float = LEAST_LIKENESS) -> bool:
    """Say whether a span was taken from a text, if not to the letter; a word or two could be from anywhere."""
    return _is_long(span) and likeness(span, text) > least


def shares_run(text: str, other: str, n: int) -> str | None:
    """Return the first n words in a row that two texts have in common; None where there are none."""
    words = words_in(text)
    if len(words) < n:
        return None
    beside = f" {' '.join(words_in(other))} "
    runs = (" ".join(words[i : i + n]) for i in range(len(words) - n + 1))
    return next((run for run in runs if f" {run} " in beside), None)
