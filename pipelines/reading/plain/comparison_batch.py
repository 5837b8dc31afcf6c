"""Comparisons of two responses of one text each, with their judgments, many at once: what they become."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, chain

import pyarrow as pa

from winnow.pipelines.reading.digests import ABSENT
from winnow.pipelines.reading.importer import Importer
from winnow.pipelines.reading.intake import Numbered
from winnow.pipelines.reading.items import item_key
from winnow.pipelines.reading.plain.judgments import JudgedPair, JudgmentReader, PlainJudgments
from winnow.pipelines.reading.plain.keys import INNER, Keys
from winnow.pipelines.reading.plain.labels import labels
from winnow.pipelines.reading.plain.prompts import PlainPrompts
from winnow.pipelines.reading.plain.responses import PlainResponse, PlainResponses
from winnow.pipelines.reading.plain.rows import PlainBatch, PlainRow
from winnow.pipelines.reading.plain.taken import Candidates
from winnow.pipelines.reading.responses import AUTHORS
from winnow.pipelines.reading.settings import ComparisonSource
from winnow.pipelines.reading.usage import Usage
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison, as_content
from winnow.schemas.ids import ContentIds, hole
from winnow.schemas.judgments import Judgment, Verdict
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response

_IDS = ContentIds(as_content(hole("prompt"), (hole("a"), hole("b"))))
_LIKE = Comparison(prompt_id="-", response_ids=("a", "b"), strategy="imported")


class ComparisonBatch(PlainBatch):
    """Rows that may be plain comparisons, read together."""

    def __init__(
        self,
        n_rows: int,
        rows: Sequence[PlainRow],
        importer: Importer,
        source: ComparisonSource,
        reader: JudgmentReader,
        usage: Usage,
    ) -> None:
        super().__init__(n_rows, rows)
        self._importer = importer
        self._usage = usage
        keys = Keys(source.columns)
        data, places = [one.data for one in rows], [one.place for one in rows]
        self.prompts = PlainPrompts(
            data, places, keys, max_characters=source.max_characters, keep=source.keep
        )
        self.responses = self._responses(keys)
        self.digests = self._compared()
        self._starts = [0, *accumulate(len(one.inner) for one in rows)]
        self.judgments = self._judgments(reader, keys)
        items = labels(keys.column("item_id", data))
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
        self.admit(odd)
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
            for one, prompt_id in zip(self.rows, self.prompts.ids, strict=True)
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

    def _judgments(self, reader: JudgmentReader, row_keys: Keys) -> PlainJudgments:
        judged = []
        for one, digest, is_swapped in zip(self.rows, self.digests, self.are_swapped, strict=True):
            plan = one.plan
            verdict: Verdict | None = "a" if plan.judging == "chosen" else None
            of_it = JudgedPair(one.place, digest.hex(), is_swapped, plan.annotator, verdict)
            judged += [of_it] * len(one.inner)
        is_listed = self.rows[0].plan.judging == "listed"
        said = [*chain.from_iterable(one.inner for one in self.rows)]
        keys, ids = (INNER, ("judgment_id", "id")) if is_listed else (row_keys, ("judgment_id",))
        return PlainJudgments(said, judged, reader, keys, ids, self.held())

    def _take(self, j: int) -> bool:
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
            self._asked.take(j, known.prompts.number_of(self.rows[j].place))
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
        known.comparisons.recent[self.digests[j]] = known.comparisons.number_of(self.rows[j].place)
        key = self._item_keys[j]
        if key is not None:
            known.items.add_pair(key, self.digests[j], *responses.digests[2 * j : 2 * j + 2])
        for k in range(self._starts[j], self._starts[j + 1]):
            known.annotators.setdefault(self.judgments.annotators[k])
            known.judgments.recent[self.judgments.digests[k]] = 1
            event = self.judgments.events[k]
            if event is not None:
                known.events.recent[event] = 0

    def finish(self) -> dict[type[Record], Numbered]:
        """Count what was taken in, and return it."""
        rows, taken = self.rows, self._taken
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
        owners = [j for j in taken for _ in rows[j].inner]
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
                "source": [self.rows[j].place for j in taken],
                "source_id": [self.item_ids[j] or self.prompts.source_ids[j] for j in taken],
            },
            like=_LIKE,
        )
