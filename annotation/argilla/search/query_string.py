"""What a person types into the search box, read as Elasticsearch's simple query string.

    fox bear        both words           fox | bear      either          fox -bear    without
    "brown fox"     side by side         "fox dog"~2     within two      fo*          begins with
    fxo~1           within one edit      (a | b) c       grouped         \\"           a plain character

Whatever is written, it means something: stray quotes, brackets and operators are passed over.
"""

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Words:
    """Text to be split into words: all of them, or side by side in a phrase."""

    text: str
    is_phrase: bool = False
    slop: int = 0
    """How many words may stand between those of a phrase."""


@dataclass(frozen=True)
class Prefix:
    """What words begin with."""

    text: str


@dataclass(frozen=True)
class Fuzzy:
    """A word, give or take some letters."""

    text: str
    n_edits: int


@dataclass(frozen=True)
class Everything:
    """The query "*"."""


@dataclass(frozen=True)
class Without:
    """All records but those that match."""

    query: "Node"


@dataclass(frozen=True)
class Both:
    """Two queries, joined."""

    operator: Literal["and", "or"]
    left: "Node"
    right: "Node"


Node = Words | Prefix | Fuzzy | Everything | Without | Both

_PHRASE = re.compile(r'"((?:[^"\\]|\\.)*)"(?:~(\d+))?', re.DOTALL)
_TERM = re.compile(r'(?:[^\s"|+()\\]|\\.)+', re.DOTALL)
_FUZZY = re.compile(r"(.+)~(\d*)", re.DOTALL)
_MOST_EDITS = 2


def parse(query: str) -> Node | None:
    """Read a query; None where it holds no word at all."""
    if query.strip() == "*":
        return Everything()
    return _Reader(query).read()


class _Reader:
    """Reads left to right; and, or bind equally, a missing operator means and."""

    def __init__(self, query: str) -> None:
        self.query = query
        self.at = 0

    def read(self, is_inner: bool = False) -> Node | None:
        found: Node | None = None
        operator: Literal["and", "or"] = "and"
        while (character := self._peek()) and not (is_inner and character == ")"):
            if character in "|+":
                operator = "or" if character == "|" else "and"
                self.at += 1
                continue
            if part := self._part():
                found = Both(operator, found, part) if found else part
                operator = "and"
        return found

    def _peek(self) -> str:
        while self.at < len(self.query) and self.query[self.at].isspace():
            self.at += 1
        return self.query[self.at : self.at + 1]

    def _part(self) -> Node | None:
        n_negations = 0
        while self._peek() == "-":
            n_negations += 1
            self.at += 1
        if not self._peek() or self._peek() in "|+":
            return None
        part = self._group() if self._peek() in '()"' else self._term()
        return Without(part) if part and n_negations % 2 else part

    def _group(self) -> Node | None:
        start = self.at
        if phrase := _PHRASE.match(self.query, start):
            self.at = phrase.end()
            return Words(_plain(phrase[1]), is_phrase=True, slop=int(phrase[2] or 0))
        self.at += 1
        if self.query[start] != "(" or ")" not in self.query[start:]:
            return None
        inner = self.read(is_inner=True)
        self.at += 1
        return inner

    def _term(self) -> Node | None:
        term = _TERM.match(self.query, self.at)
        if term is None:
            self.at += 1
            return None
        self.at = term.end()
        text = term[0]
        if text.endswith("*") and not text.endswith("\\*"):
            return Prefix(_plain(text[:-1])) if len(text) > 1 else None
        if fuzzy := _FUZZY.fullmatch(text):
            n_edits = min(int(fuzzy[2] or _MOST_EDITS), _MOST_EDITS)
            return Fuzzy(_plain(fuzzy[1]), n_edits) if n_edits else Words(_plain(fuzzy[1]))
        return Words(_plain(text))


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
