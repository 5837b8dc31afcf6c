"""Words, sentences and paragraphs of a text."""

from functools import cache
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHARACTER = r"[\p{Han}\p{Hiragana}\p{Katakana}]"
_WORD = regex.compile(
    rf"{_CHARACTER}|(?:(?!{_CHARACTER})[\p{{L}}\p{{M}}\p{{N}}_])+"
    rf"(?:['’.,\-](?:(?!{_CHARACTER})[\p{{L}}\p{{M}}\p{{N}}_])+)*"
)
_UNSPLIT = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]")
_END = regex.compile(r"[.!?…]+[\"'”’»)\]*_]*(?=\s|$)|[。！？｡।؟]+[」』”’）]*")
_ABBREVIATED = regex.compile(
    r"(?:^|[\s(])(?:mr|mrs|ms|dr|prof|st|jr|sr|vs|etc|e\.g|i\.e|cf|no|fig|vol|approx|inc|ltd|co|p\.s|z\.b|d\.h|bzw|ca|"
    r"[a-z](?:\.[a-z])*)\.$",
    regex.IGNORECASE,
)
_MARK = regex.compile(r"^\s*(?:[-*+•]|\d+[.)]|\#{1,6}|>)\s+")


class NotCountable(Exception):
    """A text whose script writes no blanks between words, so that they cannot be counted here."""


def words_of(text: str) -> list[str]:
    """List the words of a text.

    A word is a run of letters, marks and digits, with apostrophes, hyphens, points and commas inside: "can't", "well-known", "3.14" and
    "U.S" are one each. Chinese characters and Japanese kana are a word each; Korean is written with blanks.

    Raises:
        NotCountable: The text holds Thai, Lao, Khmer, Burmese or Tibetan, whose words no blank divides.
    """
    if (found := _UNSPLIT.search(text)) is not None:
        raise NotCountable(f"words cannot be counted in a script without blanks: {found[0]!r}")
    return list(_WORD.findall(text))


def sentences_of(text: str) -> list[str]:
    """List the sentences of a text.

    A sentence ends at a full stop, question or exclamation mark before white space, at one of the marks of Chinese, Japanese, Hindi
    and Arabic, and at an empty line or the end of a list item or heading; not behind an abbreviation, an initial or the number of an item.
    """
    return [one for block in _blocks(text) for one in _sentences(block)]


def paragraphs_of(text: str) -> list[str]:
    """List the paragraphs of a text, which empty lines divide."""
    return [part.strip() for part in regex.split(r"\n\s*\n", text) if part.strip()]


@cache
def _says_something() -> "regex.Pattern[str]":
    return regex.compile(r"[\p{L}\p{N}]")


def _blocks(text: str) -> "Iterator[str]":
    """Yield paragraphs, and of lists and headings each line."""
    for paragraph in paragraphs_of(text):
        block = ""
        for line in paragraph.split("\n"):
            if (mark := _MARK.match(line)) is not None:
                if block.strip():
                    yield block
                block = line[mark.end() :]
                if line.lstrip().startswith("#"):
                    yield block
                    block = ""
            else:
                block = f"{block}\n{line}"
        if block.strip():
            yield block


def _sentences(block: str) -> "Iterator[str]":
    start = 0
    for end in _END.finditer(block):
        said = block[start : end.end()]
        if end[0] == "." and _ABBREVIATED.search(said[-16:]) and end.end() < len(block.rstrip()):
            continue
        if _says_something().search(said):
            yield said.strip()
        start = end.end()
    if _says_something().search(block[start:]):
        yield block[start:].strip()
