"""What a text cites of the documents that it was given: quotes, and marks such as [2]."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from winnow.annotation.criteria.evidence import QuotableTurn, find_quote
from winnow.annotation.prose import prose_of
from winnow.annotation.verifiers.words import words_of

_QUOTE = re.compile(r"“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|「([^「」]+)」|\"([^\"\n]+)\"")
_MARK = re.compile(r"[\[【](\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)[\]】](?!\()")
_NUMBER = re.compile(r"(\d+)(?:\s*[–-]\s*(\d+))?")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])[\s\]”\"]*(?=\s)|\n")
_LEFT_OUT = re.compile(r"\s*[\[(]?(?:…|\.{3})[\])]?\s*")
_END = " \t\n.,;:!?"
_MARKS = str.maketrans(dict.fromkeys('"“”„«»', "'"))
"""Quotation marks within a quote, which change as it is quoted."""


class Citation(NamedTuple):
    """Something that a text says is in a document."""

    name: str
    """The quote or the mark, as the text has it."""

    quote: str | None
    """The words quoted; None of a mark."""

    documents: tuple[int, ...]
    """Numbers of the documents, counted from 1, that it names; of a quote none where any will do."""


def citations_in(text: str, *, min_words: int) -> Iterator[Citation]:
    """List the marks of a text, and its quotes of some words; a quote belongs to the marks right behind it.

    Code is passed over.
    """
    prose = prose_of(text)
    marks = [(m.start(), m.end(), m.group(), _numbers(m[1])) for m in _MARK.finditer(prose)]
    for _, _, name, numbers in marks:
        yield Citation(name, None, numbers)
    for found in _QUOTE.finditer(prose):
        quote = next(group for group in found.groups() if group is not None)
        if len(words_of(quote)) >= min_words:
            yield Citation(f'"{quote}"', quote, _behind(found.end(), prose, marks))


def holds(citation: Citation, documents: Sequence[str]) -> bool:
    """Say whether the documents that a citation names are there, and hold what it quotes."""
    if any(not 1 <= n <= len(documents) for n in citation.documents):
        return False
    if citation.quote is None:
        return True
    places = citation.documents or range(1, len(documents) + 1)
    return any(is_quote_of(citation.quote, documents[n - 1]) for n in places)


def is_quote_of(quote: str, document: str) -> bool:
    """Say whether a document holds a quote, of which words may be left out ("…") and the first letter be of the other case."""
    parts = [part.strip(_END) for part in _LEFT_OUT.split(quote.translate(_MARKS))]
    rest = document.translate(_MARKS)
    for part in (part for part in parts if part):
        turn = QuotableTurn(1, rest)
        found = find_quote(part, [turn]) or find_quote(part[0].swapcase() + part[1:], [turn])
        if found is None:
            return False
        rest = rest.partition(found.text)[2]
    return True


def _behind(
    end: int, prose: str, marks: Sequence[tuple[int, int, str, tuple[int, ...]]]
) -> tuple[int, ...]:
    """Return the documents of the marks that follow a place, with nothing but blanks and punctuation between."""
    numbers: list[int] = []
    for begin, stop, _, named in marks:
        if begin >= end and not prose[end:begin].strip(_END):
            numbers += named
            end = stop
    return tuple(dict.fromkeys(numbers))


def _numbers(inside: str) -> tuple[int, ...]:
    found: list[int] = []
    for first, last in _NUMBER.findall(inside):
        found += range(int(first), int(last or first) + 1) or [int(first), int(last)]
    return tuple(dict.fromkeys(found))
