"""Words as Elasticsearch's standard analyzer finds them, so that a text query finds here what it finds there.

Word borders after Unicode's UAX 29: Han and Hiragana one character each, Katakana and all other letters in runs, marks
with their letter, points and apostrophes inside words and numbers kept. No stop words, no stemming, accents matter.
"""

import re
import unicodedata
from itertools import groupby

_LONGEST = 255
_ALONE = "\u3005-\u3007\u3041-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u2600-\u27bf\U0001f300-\U0001faff\U00020000-\U0003ffff"
"""Characters that are words: Han, Hiragana, pictures."""


def _marks() -> str:
    """List the combining marks, and the joiners that stand inside Persian and Indic words."""
    combining = [code for code in range(0x300, 0x1F000) if _is_mark(chr(code))]
    runs = groupby(enumerate(combining), key=lambda pair: pair[1] - pair[0])
    ends = [[code for _, code in run] for _, run in runs]
    return "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in ends) + "\u200c\u200d"


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


_RUN = f"[\\w{_marks()}]+"
_JOINED = r"(?<=\d)[.,;'’](?=\d)|(?<=[^\W\d])[.:·'’‘](?=[^\W\d])"
_WORD = re.compile(f"[{_ALONE}]|{_RUN}(?:(?:{_JOINED}){_RUN})*")
_ASCII_WORD = re.compile(r"\w+(?:(?:(?<=\d)[.,;'](?=\d)|(?<=[a-z_])[.:'](?=[a-z_]))\w+)*", re.ASCII)
_PIECE = re.compile(f"[{_ALONE}]|[^{_ALONE}]+")


def tokens(text: str) -> list[str]:
    """Split text into its words, in lower case; the pieces of a monstrous word are words of their own."""
    lowered = text.lower()
    if lowered.isascii():
        words = _ASCII_WORD.findall(lowered)
    else:
        words = [word for chunk in lowered.split() for word in _words(chunk)]
    if max(map(len, words), default=0) <= _LONGEST:
        return words
    return [word[at : at + _LONGEST] for word in words for at in range(0, len(word), _LONGEST)]


def _words(chunk: str) -> list[str]:
    if chunk.isascii():
        return _ASCII_WORD.findall(chunk)
    return [piece for word in _WORD.findall(chunk) for piece in _PIECE.findall(word)]
