"""Judgments of two responses, many at once.

What is no free text or number has few values: each combination of them that occurs is validated once, as a record, which also
says what ids of such judgments depend on.
"""

import hashlib
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any, NamedTuple

import pyarrow as pa
from pydantic import ValidationError

from winnow.pipelines.reading.fields import as_code
from winnow.pipelines.reading.judgments import VERDICTS, swapped, word_of
from winnow.pipelines.reading.known import event_digest
from winnow.pipelines.reading.plain.forms import Types
from winnow.pipelines.reading.plain.keys import Keys
from winnow.pipelines.reading.plain.labels import LABELS, labels
from winnow.pipelines.reading.plain.texts import TextColumn
from winnow.pipelines.reading.settings import DETAIL_COLUMNS
from winnow.pipelines.reading.usage import Usage
from winnow.schemas.columns import validated
from winnow.schemas.events import event_of
from winnow.schemas.ids import ContentIds, hole
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

_FREE = ("annotator_id", "comparison_id", "probability", "rationale")
"""Fields of which an id depends and that hold anything."""

_MOST_COMBINATIONS = 10_000


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


class _Combination(NamedTuple):
    """What judgments with the same choices have in common."""

    like: Judgment
    template: str


class JudgedPair(NamedTuple):
    """What is judged, and what judgments of it take where they do not say."""

    place: str
    comparison_id: str
    is_swapped: bool
    annotator: str | None
    verdict: Verdict | None = None


class JudgmentReader:
    """Reads the judgments of one source."""

    def __init__(self, kind: str, verdicts: Mapping[str, Verdict], usage: Usage) -> None:
        """Begin with nothing.

        Args:
            kind: Of annotators, where judgments do not say.
            verdicts: The file's own words.
            usage: Notes of the source.
        """
        self.kind = kind
        self._verdicts = verdicts
        self._usage = usage
        self._words: dict[str | int, Verdict] = {}
        self._combinations: dict[tuple[Any, ...], _Combination | None] = {}

    def verdict(self, said: str | int) -> Verdict | None:
        """Return what a word means; None where it has none, or the first row with it was not read yet."""
        found = self._words.get(said)
        if found is None:
            word = word_of(as_code(said), self._verdicts)
            meant = as_code(said) if word is None else self._verdicts[word]
            found = next((v for v in VERDICTS if v == meant), None)
            if found and (word is None or word in self._usage.words):
                self._words[said] = found
            else:
                return None
        return found

    def combination(self, *choices: Any) -> _Combination | None:
        """Return what judgments have in common; None where a record would refuse them.

        Args:
            choices: kind, order, verdict, strength, whether there is a probability, and whether the responses change
                names.
        """
        if choices in self._combinations:
            return self._combinations[choices]
        if len(self._combinations) > _MOST_COMBINATIONS:
            self._combinations.clear()
        found = self._combinations[choices] = _combined(*choices)
        return found


def _combined(
    kind: str,
    order: str | None,
    verdict: str,
    strength: Any,
    has_probability: bool,
    is_swapped: bool,
) -> _Combination | None:
    said = {
        "comparison_id": "-",
        "annotator_id": "-",
        "kind": kind,
        "order": order,
        "verdict": verdict,
        "strength": strength,
        "probability": 0.5 if has_probability else None,
    }
    try:
        judgment = Judgment.model_validate(said)
    except ValidationError:
        return None
    judgment = swapped(judgment) if is_swapped else judgment
    content = judgment.as_content() | {name: hole(name) for name in _FREE}
    ids = ContentIds(content)
    if ids.names != _FREE:
        raise AssertionError(f"ids of judgments depend on {ids.names}, wanted {_FREE}")
    return _Combination(judgment, ids.template)


class PlainJudgments:
    """Judgments that say a verdict on two responses."""

    def __init__(
        self,
        said: Sequence[Mapping[str, Any]],
        judged: Sequence[JudgedPair],
        reader: JudgmentReader,
        keys: Keys,
        ids: Sequence[str],
        held: Container[str],
    ) -> None:
        """Read judgments; every list here has the shape (n,).

        Args:
            said: The objects that hold them, of which `are_plain_judgments` holds.
            judged: What each is of.
            reader: Of the source.
            keys: The objects' own names.
            ids: Columns of which the first that is filled names the judgment.
            held: Keys that hold something in any of the objects.
        """
        self.odd: set[int] = set()
        """Numbers of those that have to be read alone."""

        self._judged = judged
        columns = {name: keys.column(name, said, held) for name in _TYPES}
        self.annotators = self._annotators(columns["annotator"])
        self._rationales = TextColumn([text or "" for text in columns["rationale"]])
        self.odd.update(self._rationales.unusable)
        self._numbers = {name: self._validated(name, columns[name]) for name in _MEASURED}
        self._swap_probabilities()
        self._combinations = self._combined(reader, columns)
        self.source_ids = self._source_ids([columns[name] for name in ids])
        self.digests = self._digests()
        self.events = [
            None if event is None else event_digest(digest, event)
            for digest, event in zip(
                self.digests,
                map(event_of, self.source_ids, self._numbers["created_at"]),
                strict=True,
            )
        ]

    def table(self, taken: Sequence[int]) -> pa.Table:
        """Return the rows of the table of judgments that some of them make, in this order."""
        judged = [self._judged[i] for i in taken]
        about = pa.array([one.comparison_id for one in judged], pa.string())
        like = [self._combinations[i].like for i in taken]
        numbers = {
            name: [values[i] for i in taken]
            for name, values in self._numbers.items()
            if not _is_blank(values)
        }
        return Judgment.from_columns(
            {
                "judgment_id": [self.digests[i].hex() for i in taken],
                "comparison_id": about,
                "subject_id": about,
                "annotator_id": [self.annotators[i] for i in taken],
                "kind": [one.kind for one in like],
                "order": [one.order for one in like],
                "verdict": [one.verdict for one in like],
                "strength": [one.strength for one in like],
                "rationale": self._rationales.picked(taken),
                "source": [one.place for one in judged],
                "source_id": [self.source_ids[i] for i in taken],
                **numbers,
            },
            like=_LIKE,
        )

    def _annotators(self, named: Sequence[str | None]) -> list[str]:
        found = [
            one.annotator if name is None else name
            for name, one in zip(named, self._judged, strict=True)
        ]
        distinct = list(set(found))
        read = labels(distinct)
        fine = {
            name
            for name, label in zip(distinct, read.values, strict=True)
            if name and name == label == name.strip()
        }
        self.odd.update(i for i, name in enumerate(found) if name not in fine)
        return [name if name in fine else "-" for name in found]

    def _validated(self, name: str, values: list[Any]) -> list[Any]:
        if _is_blank(values):
            return values
        self.odd.update(i for i, value in enumerate(values) if value != value)  # NaN is missing
        found = validated(Judgment, name, values)
        self.odd.update(found.invalid)
        return found.values

    def _swap_probabilities(self) -> None:
        numbers = self._numbers["probability"]
        if _is_blank(numbers):
            return
        self._numbers["probability"] = [
            1 - number if number is not None and one.is_swapped else number
            for number, one in zip(numbers, self._judged, strict=True)
        ]

    def _combined(
        self, reader: JudgmentReader, columns: Mapping[str, list[Any]]
    ) -> list[_Combination]:
        found = []
        choices = zip(
            *(columns[name] for name in ("kind", "order", "verdict", "strength")),
            self._numbers["probability"],
            self._judged,
            strict=True,
        )
        for i, (kind, order, word, strength, number, one) in enumerate(choices):
            verdict = one.verdict if word is None else reader.verdict(word)
            combination = None
            if verdict is not None and strength == strength:  # NaN is missing
                combination = reader.combination(
                    reader.kind if kind is None else kind,
                    order,
                    verdict,
                    strength,
                    number is not None,
                    one.is_swapped,
                )
            if combination is None:
                self.odd.add(i)
            found.append(combination or _ANY)
        return found

    def _source_ids(self, columns: Sequence[list[Any]]) -> list[str | None]:
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

    def _digests(self) -> list[bytes]:
        written = {name: encode_basestring(name) for name in set(self.annotators)}
        numbers = [
            "null" if number is None else repr(number) for number in self._numbers["probability"]
        ]
        rows = zip(
            self._combinations,
            self.annotators,
            self._judged,
            numbers,
            self._rationales.json,
            strict=True,
        )
        return [
            hashlib.sha256(
                (
                    combination.template
                    % (written[name], f'"{one.comparison_id}"', number, rationale)
                ).encode()
            ).digest()
            for combination, name, one, number, rationale in rows
        ]


def _is_blank(column: list[Any]) -> bool:
    return column.count(None) == len(column)


_LIKE = Judgment(comparison_id="-", annotator_id="-", kind="human", verdict="tie")
_ANY = _Combination(_LIKE, _combined("human", None, "tie", None, False, False).template)  # type: ignore[union-attr]
