"""Responses that ended in a loop: the same words over and over, up to the end."""

from typing import NamedTuple

from winnow.annotation.verifiers.form_checks import distinct_share

_FEW_WORDS = 3
_REPEATS = 5
"""Times in a row that three words or more must come; less than three words must come 30 times."""

_REPEATS_OF_FEW = 30
_LONGEST = 20_000
"""Characters at the end of a response that are looked at."""

_LETTERS = 0.7
"""Least share of letters and blanks in what comes again, so that rows of tables, numbers and code are none."""

_SHORT = 200
_DISTINCT = 0.65
"""Most distinct pieces that a longer text can have, half of which says one thing five times: a quick way out."""

_CODE = frozenset("{}[]<>|=;`\\_#$")


class Loop(NamedTuple):
    """What a text ends in."""

    unit: str
    """What comes again."""

    n_repeats: int
    """Times it stands there in a row, the last one perhaps cut off."""


def loop_of(text: str, asked: str = "") -> Loop | None:
    """Find the loop that a text ends in, where it is words, makes up half of the text or more, and was not asked for.

    White space counts as one blank and case does not count. Lists, tables and code repeat their form, but not all of
    their characters, or no words.

    Args:
        text: The response.
        asked: What was asked; what a prompt itself holds may rightly be said again and again.
    """
    plain = " ".join(text.casefold().split())[-_LONGEST:]
    if len(plain) > _SHORT and distinct_share(plain) > _DISTINCT:
        return None
    length, period = _longest_loop(plain)
    if not period or length * 2 < len(plain):
        return None
    unit = plain[len(plain) - period :]
    is_asked = _core(unit) in _core(" ".join(asked.casefold().split()) * 2)
    wanted = _REPEATS if _n_words(unit) >= _FEW_WORDS else _REPEATS_OF_FEW
    n_repeats = (length + 1) // period
    return (
        Loop(unit, n_repeats) if n_repeats >= wanted and _is_prose(unit) and not is_asked else None
    )


def _longest_loop(text: str) -> tuple[int, int]:
    """Return length and period of the longest end of a text that repeats itself five times; 0, 0 where none does.

    The period of each end is its length less that of its longest border (Knuth, Morris and Pratt 1977).
    """
    turned = text[::-1]
    border = [0] * len(turned)
    longest = (0, 0)
    k = 0
    for i in range(1, len(turned)):
        while k and turned[i] != turned[k]:
            k = border[k - 1]
        k += turned[i] == turned[k]
        border[i] = k
        # The last time, the blank at the end is missing.
        if (i + 2) >= _REPEATS * (i + 1 - k):
            longest = (i + 1, i + 1 - k)
    return longest


def _n_words(unit: str) -> int:
    """Count words; where a script writes none apart, two characters are one."""
    return max(
        len(unit.split()), sum("\u0e00" <= c <= "\u0eff" or c >= "\u1780" for c in unit) // 2
    )


def _is_prose(unit: str) -> bool:
    if _CODE & set(unit):
        return False
    # Marks are the vowels of many scripts.
    said = sum(c.isalpha() or c.isspace() or _is_mark(c) for c in unit)
    return any(c.isalpha() for c in unit) and said >= _LETTERS * len(unit)


def _is_mark(character: str) -> bool:
    from unicodedata import category

    return category(character).startswith("M")


def _core(text: str) -> str:
    return "".join(c for c in text if c.isalnum())
