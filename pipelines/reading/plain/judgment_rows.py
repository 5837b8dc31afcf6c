"""Rows of one judgment each, of comparisons that were read before, many at once."""

from collections.abc import Sequence

from winnow.pipelines.reading.digests import ABSENT
from winnow.pipelines.reading.importer import Importer
from winnow.pipelines.reading.intake import Numbered
from winnow.pipelines.reading.links import Link
from winnow.pipelines.reading.plain.forms import RowForms, Types
from winnow.pipelines.reading.plain.judgments import (
    JudgedPair,
    JudgmentReader,
    PlainJudgments,
    are_plain_judgments,
)
from winnow.pipelines.reading.plain.keys import Keys
from winnow.pipelines.reading.plain.labels import labels
from winnow.pipelines.reading.plain.rows import PlainBatch, PlainRow, PlainRows
from winnow.pipelines.reading.settings import JudgmentSource
from winnow.pipelines.reading.usage import Usage
from winnow.schemas.base import Record
from winnow.schemas.judgments import Judgment


class PlainJudgmentRows(PlainRows):
    """Reads the plain ones among the rows of judgments."""

    def __init__(self, source: JudgmentSource, importer: Importer, usage: Usage) -> None:
        super().__init__(importer, RowForms(lambda types: self._is_plain(types) or None, usage))
        self.usage = usage
        self.keys = Keys(source.columns)
        self.annotator = source.annotator and source.annotator.strip()
        self.reader = JudgmentReader(source.kind, source.verdicts, usage)

    def _is_plain(self, types: Types) -> bool:
        is_named = self.keys.are("item_id", (str, int), types)
        return is_named and are_plain_judgments(types, self.keys)

    def _read(self, n_rows: int, rows: list[PlainRow]) -> PlainBatch | None:
        items = labels(self.keys.column("item_id", [row.data for row in rows]))
        links = self.importer.known.items.links(items.values)
        found = [(row, link) for row, link in zip(rows, links, strict=True) if _is_pair(link)]
        return _JudgmentBatch(n_rows, found, self) if found else None


def _is_pair(link: Link | None) -> bool:
    return link is not None and not link.is_group


class _JudgmentBatch(PlainBatch):
    """Rows that may be plain judgments, read together."""

    def __init__(
        self, n_rows: int, linked: Sequence[tuple[PlainRow, Link | None]], of: PlainJudgmentRows
    ) -> None:
        super().__init__(n_rows, [row for row, _ in linked])
        self._importer, self._usage = of.importer, of.usage
        judged = [
            JudgedPair(row.place, link.comparison_id, link.is_swapped, of.annotator)
            for row, link in linked
            if link
        ]
        said = [row.data for row in self.rows]
        ids, held = ("judgment_id", "id"), self.held()
        self.judgments = PlainJudgments(said, judged, of.reader, of.keys, ids, held)
        known = self._importer.known
        self._cast_before = known.judgments.find(self.judgments.digests)
        self._taken: list[int] = []
        self.admit(self.judgments.odd)

    def _take(self, j: int) -> bool:
        known, digest, event = (
            self._importer.known,
            self.judgments.digests[j],
            self.judgments.events[j],
        )
        if self._cast_before[j] != ABSENT or digest in known.judgments.recent:
            return False
        known.judgments.recent[digest] = 1
        if event is not None:
            known.events.recent[event] = 0
        known.annotators.setdefault(self.judgments.annotators[j])
        self._taken.append(j)
        return True

    def finish(self) -> dict[type[Record], Numbered]:
        """Count what was taken in, and return it."""
        taken = self._taken
        self._importer.intake.offer("judgments", len(taken))
        self._usage.counted["lines"] += len(taken)
        self._usage.counted["taken"] += len(taken)
        numbers = [self.rows[j].number for j in taken]
        return {Judgment: Numbered(self.judgments.table(taken), numbers)}
