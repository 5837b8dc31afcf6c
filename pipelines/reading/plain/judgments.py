"""Judgments of two responses, many at once.

What is no free text or number has few values: each combination of them that occurs is validated once, as a record, which also
says what ids of such judgments depend on.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any, NamedTuple

import pyarrow as pa

from winnow.pipelines.reading.digests import Digests
from winnow.pipelines.reading.known import event_digest
from winnow.pipelines.reading.plain.judgment_reader import ANY, Combination, JudgmentReader
from winnow.pipelines.reading.plain.keys import Keys, Objects, Types
from winnow.pipelines.reading.plain.labels import LABELS, labels
from winnow.pipelines.reading.plain.texts import TextColumn, hex_column
from winnow.pipelines.reading.settings import DETAIL_COLUMNS
from winnow.schemas.columns import validated
from winnow.schemas.events import event_of
from winnow.schemas.judgments import Judgment, Verdict

_NOTHING = type(None)
_NUMBERS = (int, float, str, _NOTHING)
_TYPES: dict[str, tuple[type, ...]] = {
    "annotator": (str, _NOTHING),
    "kind": (str, _NOTHING),
    "order": (str, _NOTHING),
    "verdict": (str, int),
    "strength": _NUMBERS,
    "probability": _NUMBERS,
    "rationale": (str, _NOTHING),
    "created_at": (str, datetime, _NOTHING),
    "seconds": _NUMBERS,
    "cost": _NUMBERS,
    "judgment_id": LABELS,
    "id": LABELS,
}
_MEASURED = ("probability", "created_at", "seconds", "cost")
"""Fields that are validated one by one."""


def are_plain_judgments(types: Types, keys: Keys, *, is_implied: bool = False) -> bool:
    """Tell whether objects with these types of values say a verdict and nothing that has parts.

    Args:
        types: Types of the values, by key.
        keys: The objects' own names.
        is_implied: Whether the verdict is known without them, and they must say none.
    """
    wanted = _TYPES | {"verdict": (_NOTHING,)} if is_implied else _TYPES
    return keys.lack((*DETAIL_COLUMNS, "judged_response"), types) and all(
        keys.are(name, kinds, types) for name, kinds in wanted.items()
    )


class JudgedPair(NamedTuple):
    """What is judged, and what judgments of it take where they do not say."""

    place: str
    comparison_id: str
    is_swapped: bool
    annotator: str | None
    verdict: Verdict | None = None


class PlainJudgments(NamedTuple):
    """Judgments that say a verdict on two responses; every list and the table have a place a judgment."""

    digests: Digests
    """Their ids."""

    events: list[bytes | None]
    """What tells one casting of each from another; None where nothing does."""

    annotators: list[str]
    table: pa.Table
    odd: set[int]
    """Numbers of those that have to be read alone."""

    words: dict[str, list[int]]
    """Numbers of the judgments in which each word of the settings occurs, ascending."""


def plain_judgments(
    said: Objects,
    pairs: Sequence[JudgedPair],
    owners: Sequence[int],
    reader: JudgmentReader,
    keys: Keys,
    ids: Sequence[str],
) -> PlainJudgments:
    """Read judgments.

    Args:
        said: The objects that hold them, of which `are_plain_judgments` holds; shape (n,).
        pairs: What is judged.
        owners: Which of the pairs each is of; shape (n,).
        reader: Of the source.
        keys: The objects' own names.
        ids: Columns of which the first that is filled names the judgment.
    """
    return _Batch(said, pairs, owners, reader, keys).read(ids)


class _Choices:
    """The choices that occur among judgments, each with what judgments of it have in common."""

    def __init__(self) -> None:
        self.codes: dict[tuple[Any, ...], int] = {}
        self.likes: list[Judgment] = []
        self.annotators: list[str] = []
        self.pieces: list[tuple[str, str, str, str, str]] = []

    def add(self, choice: tuple[Any, ...], combination: Combination, annotator: str) -> int:
        """Add a choice, and return its number."""
        before, about, number, rationale, behind = combination.pieces
        before += encode_basestring(annotator) + about + '"'
        self.pieces.append((before, f'"{number}', f'"{number}null{rationale}', rationale, behind))
        self.likes.append(combination.like)
        self.annotators.append(annotator)
        return self.codes.setdefault(choice, len(self.codes))


class _Batch:
    """Judgments that are read together; every list has the shape (n,)."""

    def __init__(
        self,
        said: Objects,
        pairs: Sequence[JudgedPair],
        owners: Sequence[int],
        reader: JudgmentReader,
        keys: Keys,
    ) -> None:
        self.odd: set[int] = set()
        self.words: dict[str, list[int]] = {}
        self._pairs, self._owners, self._reader = pairs, owners, reader
        self._judged = [pairs[owner] for owner in owners]
        self._columns: dict[str, Sequence[Any]] = {name: keys.column(name, said) for name in _TYPES}

    def read(self, ids: Sequence[str]) -> PlainJudgments:
        annotators = self._annotators()
        rationales = TextColumn([text or "" for text in self._columns["rationale"]])
        self.odd.update(rationales.unusable)
        numbers = {name: self._validated(name) for name in _MEASURED}
        numbers["probability"] = self._swapped(numbers["probability"])
        choices, codes = self._chosen(annotators, numbers["probability"])
        source_ids = self._source_ids([self._columns[name] for name in ids])
        digests = self._digests(choices, codes, numbers["probability"], rationales.json)
        return PlainJudgments(
            digests,
            self._events(digests, source_ids, numbers["created_at"]),
            annotators,
            self._table(digests, choices, codes, rationales.array, source_ids, numbers),
            self.odd,
            self.words,
        )

    def _annotators(self) -> list[str]:
        named = zip(self._columns["annotator"], self._judged, strict=True)
        found = [one.annotator if name is None else name for name, one in named]
        distinct = list(set(found))
        read = labels(distinct)
        fine = {
            name
            for name, label in zip(distinct, read.values, strict=True)
            if name and name == label == name.strip()
        }
        if len(fine) < len(distinct):
            self.odd.update(i for i, name in enumerate(found) if name not in fine)
        return [name if name in fine else "-" for name in found]

    def _validated(self, name: str) -> Sequence[Any]:
        values = self._columns[name]
        if _is_blank(values):
            return values
        self.odd.update(i for i, value in enumerate(values) if value != value)  # NaN is missing
        found = validated(Judgment, name, values)
        self.odd.update(found.invalid)
        return found.values

    def _swapped(self, probabilities: Sequence[Any]) -> Sequence[Any]:
        if _is_blank(probabilities):
            return probabilities
        return [
            1 - number if number is not None and one.is_swapped else number
            for number, one in zip(probabilities, self._judged, strict=True)
        ]

    def _chosen(
        self, annotators: Sequence[str], probabilities: Sequence[Any]
    ) -> tuple[_Choices, list[int]]:
        """Return the choices that occur, and the number of each judgment's choice."""
        choices, codes = _Choices(), []
        rows = zip(
            annotators,
            *(self._columns[name] for name in ("kind", "order", "verdict", "strength")),
            [number is not None for number in probabilities],
            [one.is_swapped for one in self._judged],
            [one.verdict for one in self._judged],
            strict=True,
        )
        known = choices.codes
        for i, choice in enumerate(rows):
            code = known.get(choice)
            codes.append(self._new_choice(i, choice, choices) if code is None else code)
        if self._reader.has_words:
            self._note_words()
        return choices, codes

    def _new_choice(self, i: int, choice: tuple[Any, ...], choices: _Choices) -> int:
        annotator, kind, order, word, strength, *about, verdict = choice
        verdict = verdict if word is None else self._reader.meant(word).verdict
        found = None
        if verdict is not None and strength == strength:  # NaN is missing
            kind = self._reader.kind if kind is None else kind
            found = self._reader.combination(kind, order, verdict, strength, *about)
        if found is None:
            self.odd.add(i)
            return choices.add((i,), ANY, annotator)
        return choices.add(choice, found, annotator)

    def _note_words(self) -> None:
        for i, word in enumerate(self._columns["verdict"]):
            meant = None if word is None else self._reader.meant(word).word
            if meant is not None:
                self.words.setdefault(meant, []).append(i)

    def _source_ids(self, columns: Sequence[Sequence[Any]]) -> list[str | None]:
        found: list[str | None] = [None] * len(self._judged)
        for column in reversed(columns):
            if _is_blank(column):
                continue
            of_column = labels(column)
            # Where it is empty, another column is read than where it is filled.
            self.odd.update(
                of_column.unusable, (i for i, label in enumerate(column) if label == "")
            )
            found = [own or other for own, other in zip(of_column.values, found, strict=True)]
        return found

    def _digests(
        self,
        choices: _Choices,
        codes: Sequence[int],
        probabilities: Sequence[float | None],
        rationales: Sequence[str],
    ) -> Digests:
        pieces = [choices.pieces[code] for code in codes]
        abouts = [one.comparison_id for one in self._judged]
        rows = zip(pieces, abouts, probabilities, rationales, strict=True)
        return Digests(
            sha256(
                f"{before}{about}{middle}{rationale}{behind}".encode()
                if number is None
                else f"{before}{about}{numbered}{number!r}{between}{rationale}{behind}".encode()
            ).digest()
            for (before, numbered, middle, between, behind), about, number, rationale in rows
        )

    def _events(
        self, digests: Sequence[bytes], source_ids: Sequence[Any], times: Sequence[Any]
    ) -> list[bytes | None]:
        if _is_blank(source_ids) and _is_blank(times):
            return [None] * len(digests)
        cast = zip(digests, map(event_of, source_ids, times), strict=True)
        return [None if event is None else event_digest(digest, event) for digest, event in cast]

    def _table(
        self,
        digests: Sequence[bytes],
        choices: _Choices,
        codes: Sequence[int],
        rationales: pa.Array,
        source_ids: Sequence[str | None],
        numbers: Mapping[str, Sequence[Any]],
    ) -> pa.Table:
        owners, chosen = pa.array(self._owners, pa.int64()), pa.array(codes, pa.int64())
        about = pa.array([pair.comparison_id for pair in self._pairs], pa.string()).take(owners)
        chosen_columns = {
            name: pa.array([getattr(like, name) for like in choices.likes], kind).take(chosen)
            for name, kind in _CHOSEN.items()
        }
        columns = {
            "judgment_id": hex_column(digests),
            "comparison_id": about,
            "subject_id": about,
            "annotator_id": pa.array(choices.annotators, pa.string()).take(chosen),
            "rationale": rationales,
            "source": pa.array([pair.place for pair in self._pairs], pa.string()).take(owners),
            **({} if _is_blank(source_ids) else {"source_id": source_ids}),
            **{name: values for name, values in numbers.items() if not _is_blank(values)},
        }
        return Judgment.from_columns({**columns, **chosen_columns}, like=ANY.like)


def _is_blank(column: Sequence[Any]) -> bool:
    return column.count(None) == len(column)


_CHOSEN = {
    "kind": pa.string(),
    "order": pa.string(),
    "verdict": pa.string(),
    "strength": pa.int64(),
}
"""Columns that the choices of a judgment say."""
