"""Comparisons of two responses of one text each, with their judgments, many at once: how they are taken in."""

from collections.abc import Sequence

from winnow.pipelines.reading.digests import ABSENT
from winnow.pipelines.reading.importer import Importer
from winnow.pipelines.reading.intake import Numbered
from winnow.pipelines.reading.plain.comparison_columns import ComparisonColumns, ComparisonReader
from winnow.pipelines.reading.plain.news import Learned
from winnow.pipelines.reading.plain.rows import PlainBatch
from winnow.pipelines.reading.plain.taken import Candidates
from winnow.pipelines.reading.plain.together import Together
from winnow.pipelines.reading.settings import ComparisonSource
from winnow.pipelines.reading.usage import Usage
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response


class ComparisonBatch(PlainBatch):
    """Plain rows of ready comparisons."""

    def __init__(
        self, columns: ComparisonColumns, importer: Importer, learned: Learned, usage: Usage
    ) -> None:
        super().__init__(columns.outline, learned)
        self._columns = columns
        self._importer = importer
        self._usage = usage
        known, prompts, responses = importer.known, columns.prompts, columns.responses
        self._asked = Candidates(prompts.digests, prompts.looks, known.prompts, known.looks)
        self._said = Candidates(responses.digests, responses.looks, known.responses, known.looks)
        self._compared_before = known.comparisons.find(columns.digests)
        self._named_before = known.items.find(columns.item_keys)
        self._has_events = any(columns.judgments.events)
        self._names_somebody_new = not (
            known.models.keys() >= {*responses.models}
            and known.annotators.keys() >= {*columns.judgments.annotators}
        )
        self._taken: list[int] = []
        self._new_prompts: list[int] = []
        self._new_responses: list[int] = []

    def _take_all(self) -> bool:
        if not self._are_all_first():
            return False
        columns, known = self._columns, self._importer.known
        self._new_prompts, self._new_responses = self._asked.all_new(), self._said.all_new()
        self._taken = [*range(len(columns.digests))]
        places = columns.places
        for j in self._new_prompts:
            self._asked.take(j, known.prompts.number_of(places[j]))
        for k in self._new_responses:
            self._said.take(k)
        numbers = map(known.comparisons.number_of, places)
        known.comparisons.recent.update(zip(columns.digests, numbers, strict=True))
        known.items.add_pairs(columns.item_keys, columns.digests, columns.responses.digests)
        known.judgments.recent.update(dict.fromkeys(columns.judgments.digests, 1))
        events = columns.judgments.events if self._has_events else ()
        known.events.recent.update((event, 0) for event in events if event is not None)
        return True

    def _are_all_first(self) -> bool:
        """Tell whether all comparisons are new, no row names anything, and all texts stand as they look."""
        columns, known = self._columns, self._importer.known
        keys = [key for key in columns.item_keys if key is not None]
        return not (
            known.remembers_names
            or self._names_somebody_new
            or any(self._named_before)
            or any(columns.prompts.metadata)
            or self._compared_before.count(ABSENT) < len(columns.digests)
            or len({*columns.digests}) < len(columns.digests)
            or len({*keys}) < len(keys)
            or not (self._asked.stand_as_they_look() and self._said.stand_as_they_look())
        )

    def _take(self, j: int) -> bool:
        first, second = 2 * j, 2 * j + 1
        is_new = (self._asked.is_new(j), self._said.is_new(first), self._said.is_new(second))
        if None in is_new or not self._is_first(j):
            return False
        of, columns = slice(*self._columns.starts[j : j + 2]), self._columns
        digests = columns.judgments.digests[of]
        if not self._take_prompt(j, is_new=bool(is_new[0])):
            return False
        for k, new in zip((first, second), is_new[1:], strict=True):
            if new:
                self._said.take(k)
                self._new_responses.append(k)
        self._take_comparison(j)
        known = self._importer.known
        if self._names_somebody_new:
            known.models.update(dict.fromkeys(columns.responses.models[first : second + 1]))
            known.annotators.update(dict.fromkeys(columns.judgments.annotators[of]))
        known.judgments.recent.update(dict.fromkeys(digests, 1))
        if self._has_events:
            events = columns.judgments.events[of]
            known.events.recent.update((event, 0) for event in events if event is not None)
        self._taken.append(j)
        return True

    def _is_first(self, j: int) -> bool:
        """Tell whether nothing that was taken in compares the same or has the same item_id."""
        known, columns = self._importer.known, self._columns
        digest, key = columns.digests[j], columns.item_keys[j]
        return (
            self._compared_before[j] == ABSENT
            and digest not in known.comparisons.recent
            and (key is None or not (self._named_before[j] or known.items.is_recent(key)))
        )

    def _take_prompt(self, j: int, *, is_new: bool) -> bool:
        known, prompts = self._importer.known, self._columns.prompts
        metadata, name = prompts.metadata[j], prompts.source_ids[j]
        if metadata is not None or name is not None:
            prompt_id = prompts.digests[j].hex()
            if known.is_other_metadata(prompt_id, metadata, is_new=is_new):
                return False
            known.name_prompt(name, prompt_id)
        if is_new:
            self._asked.take(j, known.prompts.number_of(self._columns.places[j]))
            self._new_prompts.append(j)
        return True

    def _take_comparison(self, j: int) -> None:
        known, columns, responses = self._importer.known, self._columns, self._columns.responses
        sides = responses.digests[2 * j : 2 * j + 2]
        if known.remembers_names:
            prompt_id, models = (
                columns.prompts.digests[j].hex(),
                responses.models[2 * j : 2 * j + 2],
            )
            for model, digest in zip(models, sides, strict=True):
                known.name_response(None, prompt_id, model, digest.hex())
        digest, key = columns.digests[j], columns.item_keys[j]
        known.comparisons.recent[digest] = known.comparisons.number_of(columns.places[j])
        if key is not None:
            known.items.add_pair(key, digest, *sides)

    def finish(self) -> dict[type[Record], Numbered]:
        """Count what was taken in, and return it."""
        columns, taken = self._columns, self._taken
        owners = [j for j in taken for _ in range(*columns.starts[j : j + 2])]
        judged = [k for j in taken for k in range(*columns.starts[j : j + 2])]
        self._count(len(judged))
        new = self._new_responses
        return {
            Prompt: self.of_batch(columns.prompts.table, self._new_prompts, self._new_prompts),
            Response: self.of_batch(columns.responses.table, new, [k // 2 for k in new]),
            Comparison: self.of_batch(columns.table, taken, taken),
            Judgment: self.of_batch(columns.judgments.table, judged, owners),
        }

    def _count(self, n_judged: int) -> None:
        counted: Sequence[tuple[str, int]] = (
            ("prompts", len(self._new_prompts)),
            ("responses", len(self._new_responses)),
            ("judgments", n_judged),
        )
        self._importer.intake.offer("comparisons", len(self._taken))
        for unit, n in counted:
            if n:
                self._importer.intake.offer(unit, n)
        self._usage.counted["lines"] += len(self._taken)
        self._usage.counted["taken"] += n_judged


def plain_comparisons(
    source: ComparisonSource, name: str, importer: Importer, usage: Usage
) -> Together:
    """Return what reads the plain ones among the rows of ready comparisons."""
    learned, reader = Learned(usage), ComparisonReader(source, name)
    return Together(
        importer.known,
        reader,
        lambda columns: ComparisonBatch(columns, importer, learned, usage),
        elsewhere=reader,
    )
