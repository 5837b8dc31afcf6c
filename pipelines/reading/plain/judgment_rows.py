"""Rows of one judgment each, of comparisons that were read before, many at once."""

from collections.abc import Sequence
from typing import NamedTuple

from winnow.pipelines.reading.digests import ABSENT
from winnow.pipelines.reading.formats.row import Row
from winnow.pipelines.reading.importer import Importer
from winnow.pipelines.reading.intake import Numbered
from winnow.pipelines.reading.known import Known
from winnow.pipelines.reading.plain.forms import RowForms
from winnow.pipelines.reading.plain.judgment_reader import JudgmentReader
from winnow.pipelines.reading.plain.judgments import (
    JudgedPair,
    PlainJudgments,
    are_plain_judgments,
    plain_judgments,
)
from winnow.pipelines.reading.plain.keys import Keys, Types
from winnow.pipelines.reading.plain.labels import labels
from winnow.pipelines.reading.plain.news import Learned
from winnow.pipelines.reading.plain.rows import (
    Outline,
    PlainBatch,
    PlainTable,
    outline,
    plain_rows,
)
from winnow.pipelines.reading.plain.together import Together
from winnow.pipelines.reading.settings import JudgmentSource
from winnow.pipelines.reading.usage import Usage
from winnow.schemas.base import Record
from winnow.schemas.judgments import Judgment

_IDS = ("judgment_id", "id")


class _JudgmentColumns(NamedTuple):
    """The plain rows of a batch."""

    outline: Outline
    judgments: PlainJudgments


class _JudgmentRowReader:
    """Reads the plain ones among the rows of judgments."""

    def __init__(self, source: JudgmentSource, known: Known) -> None:
        """Take the settings; `known` are the comparisons."""
        self._known = known
        self._keys = Keys(source.columns)
        self._forms = RowForms(lambda types: self._is_plain(types) or None)
        self._annotator = source.annotator and source.annotator.strip()
        self._judgments = JudgmentReader(source.kind, source.verdicts)

    def _is_plain(self, types: Types) -> bool:
        is_named = self._keys.are("item_id", (str, int), types)
        return is_named and are_plain_judgments(types, self._keys)

    def __call__(self, rows: Sequence[Row]) -> _JudgmentColumns | None:
        """Read the rows of a batch; None where none of them is plain."""
        found = plain_rows(rows, self._forms)
        items = labels(self._keys.column("item_id", found.objects))
        links = self._known.items.links(items.values)
        table = found.where([link is not None and not link.is_group for link in links])
        pairs = [
            (link.comparison_id, link.is_swapped) for link in links if link and not link.is_group
        ]
        return self._columns(len(rows), table, pairs) if pairs else None

    def _columns(
        self, n_rows: int, table: PlainTable, linked: Sequence[tuple[str, bool]]
    ) -> _JudgmentColumns:
        rows, said, _ = table
        pairs = [
            JudgedPair(row.place, comparison_id, is_swapped, self._annotator)
            for row, (comparison_id, is_swapped) in zip(rows, linked, strict=True)
        ]
        owners = range(len(rows))
        judgments = plain_judgments(said, pairs, owners, self._judgments, self._keys, _IDS)
        of_batch = outline(n_rows, rows, judgments.odd, words=judgments.words)
        return _JudgmentColumns(of_batch, judgments)


class _JudgmentBatch(PlainBatch):
    """Plain rows of judgments."""

    def __init__(
        self, columns: _JudgmentColumns, importer: Importer, learned: Learned, usage: Usage
    ) -> None:
        super().__init__(columns.outline, learned)
        self._importer, self._usage = importer, usage
        self._judgments = columns.judgments
        self._cast_before = importer.known.judgments.find(columns.judgments.digests)
        self._taken: list[int] = []

    def _take(self, j: int) -> bool:
        known, digest = self._importer.known, self._judgments.digests[j]
        if self._cast_before[j] != ABSENT or digest in known.judgments.recent:
            return False
        known.judgments.recent[digest] = 1
        event = self._judgments.events[j]
        if event is not None:
            known.events.recent[event] = 0
        known.annotators.setdefault(self._judgments.annotators[j])
        self._taken.append(j)
        return True

    def finish(self) -> dict[type[Record], Numbered]:
        """Count what was taken in, and return it."""
        taken = self._taken
        self._importer.intake.offer("judgments", len(taken))
        self._usage.counted["lines"] += len(taken)
        self._usage.counted["taken"] += len(taken)
        return {Judgment: self.of_batch(self._judgments.table, taken, taken)}


def plain_judgment_rows(source: JudgmentSource, importer: Importer, usage: Usage) -> Together:
    """Return what reads the plain ones among the rows of judgments."""
    learned = Learned(usage)
    return Together(
        importer.known,
        _JudgmentRowReader(source, importer.known),
        lambda columns: _JudgmentBatch(columns, importer, learned, usage),
    )
