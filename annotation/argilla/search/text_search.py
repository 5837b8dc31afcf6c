"""Which documents a parsed query finds, and how well: every word of it in some field, as Elasticsearch asks."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .query_string import Both, Everything, Fuzzy, Node, Prefix, Without, Words
from .text_index import FieldIndex, Scores
from .tokens import tokens


@dataclass(frozen=True)
class TextSearch:
    """A search in some fields of one data set."""

    connection: sqlite3.Connection
    dataset_id: str
    fields: Sequence[FieldIndex]

    def find(self, query: Node | None) -> dict[str, float]:
        """Return the score of each record that the query finds, by record id."""
        scores = self._scores(query) or {}
        known = "SELECT number, record_id FROM documents WHERE number IN (SELECT value FROM json_each(?))"
        rows = self.connection.execute(known, (json.dumps(list(scores)),))
        return {record_id: scores[number] for number, record_id in rows}

    def _all(self) -> Scores:
        query = "SELECT number, 1.0 FROM documents WHERE dataset_id = ?"
        return dict(self.connection.execute(query, (self.dataset_id,)).fetchall())

    def _scores(self, query: Node | None) -> Scores | None:
        """Evaluate a query; None where it holds no word, so that it asks for nothing."""
        match query:
            case None:
                return None
            case Everything():
                return self._all()
            case Without(inner):
                found = self._scores(inner) or {}
                return {number: 1.0 for number in self._all().keys() - found.keys()}
            case Both(operator, left, right):
                return _joined(operator, self._scores(left), self._scores(right))
            case Prefix(text):
                return self._in_fields(lambda field: field.prefix(text.lower()))
            case Fuzzy(text, n_edits):
                return self._in_fields(lambda field: _fuzzy(field, text.lower(), n_edits))
            case Words(text, is_phrase, slop):
                return self._words(text, is_phrase, slop)

    def _words(self, text: str, is_phrase: bool, slop: int) -> Scores | None:
        words = tokens(text)
        if not words:
            return None
        if is_phrase:
            return self._in_fields(lambda field: field.phrase(words, slop))
        return self._in_fields(lambda field: _all(field, words, goes_on=text.endswith(".")))

    def _in_fields(self, find: Callable[[FieldIndex], Scores]) -> Scores:
        found: Scores = {}
        for field in self.fields:
            found = _either(found, find(field))
        return found


def _all(field: FieldIndex, words: list[str], *, goes_on: bool) -> Scores:
    """Find all words; a point after the last may end a sentence or, as in "www.", begin what goes on."""
    first, *others = (field.phrase([word]) for word in reversed(words))
    if goes_on:
        first = _either(first, field.prefix(f"{words[-1]}."))
    for other in others:
        first = _both(first, other)
    return first


def _fuzzy(field: FieldIndex, word: str, n_edits: int) -> Scores:
    found: Scores = {}
    for near in field.words_near(word, n_edits):
        found = _either(found, field.phrase([near]))
    return found


def _joined(operator: str, left: Scores | None, right: Scores | None) -> Scores | None:
    if left is None or right is None:
        return right if left is None else left
    return _both(left, right) if operator == "and" else _either(left, right)


def _both(left: Scores, right: Scores) -> Scores:
    return {number: score + right[number] for number, score in left.items() if number in right}


def _either(left: Scores, right: Scores) -> Scores:
    return left | {number: score + left.get(number, 0.0) for number, score in right.items()}
