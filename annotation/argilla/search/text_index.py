"""The words of a data set's records, one full-text table a field."""

import math
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from .tokens import tokens

Scores = dict[int, float]
"""Relevance by document number."""

_BREAK_WORD = "\ue000"
"""Stands between parts that a phrase may not reach over, such as two messages of a chat."""

_SETTINGS = "tokenize = \"unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'\""
_K1 = 1.2
_RAREST_KNOWN_TO_FTS5 = 1e-6


@dataclass(frozen=True)
class Document:
    """One record's text as it was at `version`."""

    record_id: str
    version: str
    texts: Mapping[str, list[str]]
    """By field id: the parts of its text."""


def put(dataset_id: str, documents: Iterable[Document], connection: sqlite3.Connection) -> None:
    """Index documents, each in place of what was known of that record."""
    for document in documents:
        drop(connection, dataset_id, [document.record_id])
        number = connection.execute(
            "INSERT INTO documents (dataset_id, record_id, version) VALUES (?, ?, ?)",
            (dataset_id, document.record_id, document.version),
        ).lastrowid
        for field_id, parts in document.texts.items():
            words = f" {_BREAK_WORD} ".join(" ".join(tokens(part)) for part in parts)
            table = _ensure_table(connection, dataset_id, field_id)
            connection.execute(f"INSERT INTO {table} (rowid, words) VALUES (?, ?)", (number, words))


def drop(connection: sqlite3.Connection, dataset_id: str, record_ids: Iterable[str]) -> None:
    """Forget records."""
    fields = field_ids(connection, dataset_id)
    for record_id in record_ids:
        known = "SELECT number FROM documents WHERE record_id = ?"
        found = connection.execute(known, (record_id,)).fetchone()
        if found is None:
            continue
        for field_id in fields:
            connection.execute(f"DELETE FROM {_table(field_id)} WHERE rowid = ?", found)
        connection.execute("DELETE FROM documents WHERE number = ?", found)


def versions(connection: sqlite3.Connection, dataset_id: str) -> dict[str, str]:
    """Return which version of each record of a data set is indexed."""
    known = "SELECT record_id, version FROM documents WHERE dataset_id = ?"
    return dict(connection.execute(known, (dataset_id,)).fetchall())


def keep_only(connection: sqlite3.Connection, dataset_ids: Collection[str]) -> None:
    """Forget every data set but these."""
    known = connection.execute("SELECT DISTINCT dataset_id FROM documents").fetchall()
    for dataset_id in {dataset_id for (dataset_id,) in known} - set(dataset_ids):
        for field_id in field_ids(connection, dataset_id):
            connection.execute(f"DROP TABLE {_table(field_id)}")
        connection.execute("DELETE FROM fields WHERE dataset_id = ?", (dataset_id,))
        connection.execute("DELETE FROM documents WHERE dataset_id = ?", (dataset_id,))


def field_ids(connection: sqlite3.Connection, dataset_id: str) -> list[str]:
    """Return the fields of a data set that have words."""
    known = "SELECT field_id FROM fields WHERE dataset_id = ?"
    return [field_id for (field_id,) in connection.execute(known, (dataset_id,))]


def _ensure_table(connection: sqlite3.Connection, dataset_id: str, field_id: str) -> str:
    table = _table(field_id)
    if field_id not in field_ids(connection, dataset_id):
        connection.execute("INSERT INTO fields VALUES (?, ?)", (dataset_id, field_id))
        connection.execute(f"CREATE VIRTUAL TABLE {table} USING fts5(words, {_SETTINGS})")
    return table


@dataclass(frozen=True)
class FieldIndex:
    """The words of one field."""

    connection: sqlite3.Connection
    field_id: str

    def phrase(self, words: list[str], slop: int = 0) -> Scores:
        """Find words side by side, or one word; scored by BM25 as in Lucene.

        FTS5's own BM25 gives no weight to words that more than half of the documents hold; its weight is taken out
        and Lucene's put in its place.
        """
        match = _quoted(" ".join(words))
        if slop and len(words) > 1:
            match = f"NEAR({' '.join(map(_quoted, words))}, {slop})"
        found = self._match(match, "-bm25({table})")
        n_documents = self._n_documents()
        if not found or not n_documents:
            return {}
        own = math.log((n_documents - len(found) + 0.5) / (len(found) + 0.5))
        own = own if own > 0 else _RAREST_KNOWN_TO_FTS5
        weight = sum(self._weight(word, n_documents) for word in words) / own / (_K1 + 1)
        return {number: score * weight for number, score in found.items()}

    def prefix(self, start: str) -> Scores:
        """Find words that begin so; each document scores 1."""
        return self._match(f"{_quoted(start)} *", "1.0")

    def words_near(self, word: str, n_edits: int, n_most: int = 10) -> list[str]:
        """Return the indexed words nearest to `word`, at most `n_most`."""
        self.connection.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary_{self.field_id} "
            f"USING fts5vocab(main, {_table(self.field_id)}, row)"
        )
        near = self.connection.execute(
            f"SELECT term FROM temp.vocabulary_{self.field_id} WHERE length(term) BETWEEN ? AND ?",
            (len(word) - n_edits, len(word) + n_edits),
        )
        distances = sorted((edits(word, term, n_edits), term) for (term,) in near)
        return [term for distance, term in distances if distance <= n_edits][:n_most]

    def _weight(self, word: str, n_documents: int) -> float:
        n_with = self._n_with(word)
        return math.log(1 + (n_documents - n_with + 0.5) / (n_with + 0.5))

    def _match(self, match: str, score: str) -> Scores:
        table = _table(self.field_id)
        query = f"SELECT rowid, {score.format(table=table)} FROM {table} WHERE {table} MATCH ?"
        return dict(self.connection.execute(query, (match,)).fetchall())

    def _n_documents(self) -> int:
        """Count the documents without reading their words."""
        query = f"SELECT count(*) FROM {_table(self.field_id)}_docsize"
        count: int = self.connection.execute(query).fetchone()[0]
        return count

    def _n_with(self, word: str) -> int:
        table = _table(self.field_id)
        query = f"SELECT count(*) FROM {table} WHERE {table} MATCH ?"
        count: int = self.connection.execute(query, (_quoted(word),)).fetchone()[0]
        return count


def edits(left: str, right: str, most: int) -> int:
    """Count the letters to change, add or take away; anything above `most` is `most` + 1."""
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        last, row = row, [i]
        for j, b in enumerate(right, 1):
            row.append(min(last[j] + 1, row[-1] + 1, last[j - 1] + (a != b)))
        if min(row) > most:
            return most + 1
    return row[-1]


def _table(field_id: str) -> str:
    return f"words_{field_id}"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
