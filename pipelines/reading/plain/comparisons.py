"""Comparisons of two responses of one text each, with their judgments, many at once."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate, chain
from typing import Any, Literal, NamedTuple

import pyarrow as pa

from winnow.pipelines.reading.digests import ABSENT
from winnow.pipelines.reading.formats.row import Row
from winnow.pipelines.reading.importer import Importer
from winnow.pipelines.reading.intake import Numbered
from winnow.pipelines.reading.items import item_key
from winnow.pipelines.reading.plain.forms import RowForm, RowForms, Types, shows_nothing
from winnow.pipelines.reading.plain.judgments import (
    JudgedPair,
    JudgmentReader,
    PlainJudgments,
    are_plain_judgments,
)
from winnow.pipelines.reading.plain.keys import Keys
from winnow.pipelines.reading.plain.labels import LABELS, labels
from winnow.pipelines.reading.plain.prompts import PlainPrompts, are_plain_prompts
from winnow.pipelines.reading.plain.responses import PlainResponse, PlainResponses
from winnow.pipelines.reading.plain.taken import Candidates
from winnow.pipelines.reading.responses import AUTHORS
from winnow.pipelines.reading.settings import DETAIL_COLUMNS, ComparisonSource
from winnow.pipelines.reading.usage import Usage
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison, as_content
from winnow.schemas.ids import ContentIds, hole
from winnow.schemas.judgments import Judgment, Verdict
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response

_SIDES = (("response_a", "response_b"), ("chosen", "rejected"))
_SAYING = ("verdict", "strength", "probability")
INNER = Keys({})
_IDS = ContentIds(as_content(hole("prompt"), (hole("a"), hole("b"))))
_LIKE = Comparison(prompt_id="-", response_ids=("a", "b"), strategy="imported")

Judging = Literal["listed", "in_row", "chosen"]


class _Plan(NamedTuple):
    """How rows of one form are read."""

    sides: tuple[str, str]
    judging: Judging
    """Where judgments stand: in a list, or in the row, which says a verdict or names what was chosen."""

    annotator: str | None
    """Who judged where nobody says."""


class _Chosen:
    """A row that may be plain."""

    def __init__(self, number: int, place: str, data: Mapping[str, Any], form: RowForm) -> None:
        self.number = number
        """Its number in the batch."""

        self.place = place
        self.data = data
        self.plan: _Plan = form.plan
        self.forms = [form]
        """Forms of the row and of the judgments in it."""

        self.said: Sequence[Mapping[str, Any]] = ()
        """The judgments in it."""


class PlainComparisons:
    """The plain ones among the rows of a batch: looked at together, taken in one after the other."""

    def __init__(
        self, source: ComparisonSource, name: str, importer: Importer, usage: Usage
    ) -> None:
        self.source = source
        self.name = name
        self.importer = importer
        self.usage = usage
        self.keys = Keys(source.columns)
        self.reader = JudgmentReader(source.kind, source.verdicts, usage)
        inside = f"{source.columns.get('judgments') or 'judgments'}[]."
        self._forms = RowForms(self._plan, usage)
        self._inner = RowForms(
            lambda types: are_plain_judgments(types, INNER) or None, usage, inside
        )
        self._batch: _Batch | None = None

    def look_at(self, rows: Sequence[Row]) -> None:
        """Look at the rows of a batch."""
        objects = [(i, row.place, row.data) for i, row in enumerate(rows) if type(row.data) is dict]
        forms = self._forms.of(data for *_, data in objects)
        judging = next((form.plan.judging for form in forms if form.plan), None)
        chosen = [
            _Chosen(*one, form)
            for one, form in zip(objects, forms, strict=True)
            if form.plan and form.plan.judging == judging and shows_nothing(one[2], form)
        ]
        if judging == "listed":
            chosen = self._listed(chosen)
        else:
            for one in chosen:
                one.said = [one.data]
        self._batch = _Batch(len(rows), chosen, self) if chosen else None

    def _listed(self, chosen: "list[_Chosen]") -> "list[_Chosen]":
        lists = self.keys.column("judgments", [one.data for one in chosen])
        for one, listed in zip(chosen, lists, strict=True):
            one.said = listed or []
        chosen = [one for one in chosen if all(type(said) is dict for said in one.said)]
        forms = iter(self._inner.of(chain.from_iterable(one.said for one in chosen)))
        found = []
        for one in chosen:
            inner = [next(forms) for _ in one.said]
            if all(f.plan and shows_nothing(s, f) for f, s in zip(inner, one.said, strict=True)):
                one.forms += inner
                found.append(one)
        return found

    def _plan(self, types: Types) -> _Plan | None:
        keys = self.keys
        if not are_plain_prompts(types, keys) or not keys.lack(
            ["responses", *DETAIL_COLUMNS], types
        ):
            return None
        if not keys.are("item_id", LABELS, types):
            return None
        sides = next((s for s in _SIDES if all(keys.type_of(c, types) is str for c in s)), None)
        others = [c for c in AUTHORS if c not in (sides or ())]
        if sides is None or not keys.lack(others, types):
            return None
        if not all(keys.are(AUTHORS[side], (str, type(None)), types) for side in sides):
            return None
        is_ranked = sides[0] == "chosen"
        annotator = self.source.annotator or (self.name if is_ranked else None)
        judging = self._judging(types, is_ranked=is_ranked)
        return judging and _Plan(sides, judging, annotator and annotator.strip())

    def _judging(self, types: Types, *, is_ranked: bool) -> Judging | None:
        keys = self.keys
        if keys.lack(_SAYING, types):
            if not is_ranked or keys.type_of("judgments", types) is list:
                return "listed" if keys.are("judgments", (list, type(None)), types) else None
            is_judged = are_plain_judgments(types, keys, is_implied=True)
            return "chosen" if is_judged and keys.lack(["judgments"], types) else None
        is_judged = are_plain_judgments(types, keys) and keys.lack(["judgments"], types)
        return "in_row" if is_judged else None

    def take(self, i: int) -> bool:
        """Take in a row of the batch; False where it has to be read alone."""
        return self._batch is not None and self._batch.take(i)

    def learn(self, i: int) -> None:
        """Note that a row of the batch was taken in alone, and whole."""
        if self._batch:
            self._batch.learn(i)

    def finish(self) -> dict[type[Record], Numbered]:
        """End the batch: count what was taken in of it, and return it."""
        found = self._batch.finish() if self._batch else {}
        self._batch = None
        self.importer.known.settle()
        return found


class _Batch:
    """Rows that may be plain, read together; every list by row has the shape (m,)."""

    def __init__(self, n_rows: int, rows: Sequence[_Chosen], of: PlainComparisons) -> None:
        self._rows = rows
        self._importer = of.importer
        self._usage = of.usage
        self._place: list[int | None] = [None] * n_rows
        data, places = [one.data for one in rows], [one.place for one in rows]
        self.prompts = PlainPrompts(
            data, places, of.keys, max_characters=of.source.max_characters, keep=of.source.keep
        )
        self.responses = self._responses(of.keys)
        self.digests = self._compared()
        self._starts = [0, *accumulate(len(one.said) for one in rows)]
        self.judgments = self._judgments(of)
        items = labels(of.keys.column("item_id", data))
        self.item_ids = items.values
        self._item_keys = [None if item is None else item_key(item) for item in items.values]
        known = self._importer.known
        self._asked = Candidates(
            self.prompts.digests, self.prompts.looks, known.prompts, known.looks
        )
        self._said = Candidates(
            self.responses.digests, self.responses.looks, known.responses, known.looks
        )
        self._compared_before = known.comparisons.find(self.digests)
        odd = self.prompts.odd.union(items.unusable, (i // 2 for i in self.responses.odd))
        odd.update(bisect_right(self._starts, i) - 1 for i in self.judgments.odd)
        for j, one in enumerate(rows):
            self._place[one.number] = None if j in odd else j
        self._taken: list[int] = []
        self._new_prompts: list[int] = []
        self._new_responses: list[int] = []

    def _responses(self, keys: Keys) -> PlainResponses:
        said = [
            PlainResponse(
                keys.value(side, one.data),
                keys.value(AUTHORS[side], one.data),
                prompt_id,
                one.place,
            )
            for one, prompt_id in zip(self._rows, self.prompts.ids, strict=True)
            for side in one.plan.sides
        ]
        return PlainResponses(said)

    def _compared(self) -> list[bytes]:
        ids = self.responses.ids
        self.are_swapped = [a > b for a, b in zip(ids[::2], ids[1::2], strict=True)]
        written = [f'"{response_id}"' for response_id in ids]
        pairs = [sorted(pair) for pair in zip(written[::2], written[1::2], strict=True)]
        return _IDS.digests(
            prompt=[f'"{prompt_id}"' for prompt_id in self.prompts.ids],
            a=[a for a, _ in pairs],
            b=[b for _, b in pairs],
        )

    def _judgments(self, of: PlainComparisons) -> PlainJudgments:
        judged = []
        for one, digest, is_swapped in zip(self._rows, self.digests, self.are_swapped, strict=True):
            plan = one.plan
            verdict: Verdict | None = "a" if plan.judging == "chosen" else None
            of_it = JudgedPair(one.place, digest.hex(), is_swapped, plan.annotator, verdict)
            judged += [of_it] * len(one.said)
        is_listed = self._rows[0].plan.judging == "listed"
        said = [*chain.from_iterable(one.said for one in self._rows)]
        keys, ids = (INNER, ("judgment_id", "id")) if is_listed else (of.keys, ("judgment_id",))
        return PlainJudgments(said, judged, of.reader, keys, ids)

    def take(self, i: int) -> bool:
        """Take in a row; False where it has to be read alone."""
        j = self._place[i]
        if j is None or not all(form.is_learned for form in self._rows[j].forms):
            return False
        first, second = 2 * j, 2 * j + 1
        is_new = (self._asked.is_new(j), self._said.is_new(first), self._said.is_new(second))
        if None in is_new or not self._is_first(j):
            return False
        digests = self.judgments.digests[self._starts[j] : self._starts[j + 1]]
        if len(set(digests)) < len(digests):
            return False
        if not self._take_prompt(j, is_new=bool(is_new[0])):
            return False
        for k, new in zip((first, second), is_new[1:], strict=True):
            if new:
                self._said.take(k)
                self._new_responses.append(k)
        self._take_comparison(j)
        self._taken.append(j)
        return True

    def _is_first(self, j: int) -> bool:
        """Tell whether nothing compares the same or has the same item_id, and whether two responses are compared."""
        known, digest, key = self._importer.known, self.digests[j], self._item_keys[j]
        looks = self.responses.looks[2 * j : 2 * j + 2]
        return (
            self._compared_before[j] == ABSENT
            and digest not in known.comparisons.recent
            and looks[0] != looks[1]
            and (key is None or known.items.is_new(key))
        )

    def _take_prompt(self, j: int, *, is_new: bool) -> bool:
        known, prompt_id = self._importer.known, self.prompts.ids[j]
        metadata = self.prompts.metadata[j]
        if known.is_other_metadata(prompt_id, metadata, is_new=is_new):
            return False
        if is_new:
            self._asked.take(j, known.prompts.number_of(self._rows[j].place))
            self._new_prompts.append(j)
        known.name_prompt(self.prompts.source_ids[j], prompt_id)
        return True

    def _take_comparison(self, j: int) -> None:
        known, responses = self._importer.known, self.responses
        for k in (2 * j, 2 * j + 1):
            known.models.setdefault(responses.models[k])
            if known.remembers_names:
                known.name_response(
                    None, self.prompts.ids[j], responses.models[k], responses.ids[k]
                )
        known.comparisons.recent[self.digests[j]] = known.comparisons.number_of(self._rows[j].place)
        key = self._item_keys[j]
        if key is not None:
            known.items.add_pair(key, self.digests[j], *responses.digests[2 * j : 2 * j + 2])
        for k in range(self._starts[j], self._starts[j + 1]):
            known.annotators.setdefault(self.judgments.annotators[k])
            known.judgments.recent[self.judgments.digests[k]] = 1
            event = self.judgments.events[k]
            if event is not None:
                known.events.recent[event] = 0

    def learn(self, i: int) -> None:
        """Note that a row was taken in alone, and whole."""
        j = self._place[i]
        if j is not None:
            for form in self._rows[j].forms:
                form.is_learned = True

    def finish(self) -> dict[type[Record], Numbered]:
        """Count what was taken in, and return it."""
        rows, taken = self._rows, self._taken
        judged = [k for j in taken for k in range(self._starts[j], self._starts[j + 1])]
        intake, counted = self._importer.intake, self._usage.counted
        intake.offer("comparisons", len(taken))
        for unit, n in (
            ("prompts", len(self._new_prompts)),
            ("responses", len(self._new_responses)),
            ("judgments", len(judged)),
        ):
            if n:
                intake.offer(unit, n)
        counted["lines"] += len(taken)
        counted["taken"] += len(judged)
        owners = [j for j in taken for _ in rows[j].said]
        return {
            Prompt: Numbered(
                self.prompts.table(self._new_prompts), [rows[j].number for j in self._new_prompts]
            ),
            Response: Numbered(
                self.responses.table(self._new_responses),
                [rows[k // 2].number for k in self._new_responses],
            ),
            Comparison: Numbered(self._table(taken), [rows[j].number for j in taken]),
            Judgment: Numbered(self.judgments.table(judged), [rows[j].number for j in owners]),
        }

    def _table(self, taken: Sequence[int]) -> pa.Table:
        ids = self.responses.ids
        return Comparison.from_columns(
            {
                "comparison_id": [self.digests[j].hex() for j in taken],
                "prompt_id": [self.prompts.ids[j] for j in taken],
                "response_ids": [sorted(ids[2 * j : 2 * j + 2]) for j in taken],
                "source": [self._rows[j].place for j in taken],
                "source_id": [self.item_ids[j] or self.prompts.source_ids[j] for j in taken],
            },
            like=_LIKE,
        )
