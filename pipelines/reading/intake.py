"""Intake: what reading brings in, counted, told apart from what came before, and held as Arrow until it is staged."""

from collections import Counter
from collections.abc import Callable, Iterable

import pyarrow as pa

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.health import Health
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.prompts import Prompt
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import Response
from winnow.schemas.runs import ReasonCount, StageCount
from winnow.warehouse.staging import Staging

PART = "read"
"""Part of every table that this stage writes."""

_RECORDS: tuple[type[Record], ...] = (Prompt, Response, Comparison, Judgment, Gold, Reject)
_ROWS_PER_BATCH = 4096

Say = Callable[[str], None]
"""Shows one line, as it is, to the person who started the run."""


def say_nothing(_line: str) -> None:
    """Show a line to nobody."""


class Intake:
    """Takes in records and rejects of one run.

    Every record that is offered counts as one in; it comes out as itself, or as one reject.
    """

    def __init__(self, run_id: str, say: Say = say_nothing) -> None:
        """Begin with nothing.

        Args:
            run_id: The run.
            say: Shows a line to whoever started it.
        """
        self.run_id = run_id
        self.say = say
        self.health: Health | None = None
        """Health of the source that is read now."""

        self._waiting: dict[type[Record], list[Record]] = {record: [] for record in _RECORDS}
        self._tables: dict[type[Record], list[pa.Table]] = {record: [] for record in _RECORDS}
        self._n_in: Counter[str] = Counter()
        self._n_out: Counter[str] = Counter()
        self._reasons: dict[str, Counter[str]] = {}

    def offer(self, unit: str, n: int = 1) -> None:
        """Count records of a unit, such as "prompts", as having come in."""
        self._n_in[unit] += n
        if self.health:
            self.health.offer(unit, n)

    def keep(self, record: Record) -> None:
        """Take a record in."""
        self._n_out[type(record).table] += 1
        self._hold(record)

    def reject(self, unit: str, record: str, place: str, defect: Defect) -> None:
        """Record why one that was offered is not taken in.

        Args:
            unit: What it counts as, such as "prompts".
            record: What was rejected, such as "line".
            place: File and line, or another id of its own.
            defect: The reason.
        """
        self._reasons.setdefault(unit, Counter())[defect.reason] += 1
        if self.health:
            self.health.see(unit, place, defect)
        detail = f"{place}: {defect.detail}"
        self._hold(
            Reject(
                run_id=self.run_id,
                stage="read",
                record=record,
                record_id=place,
                reason=defect.reason,
                detail=detail,
            )
        )

    def table(self, record: type[Record]) -> pa.Table:
        """Return all records of a kind that were taken in so far."""
        self._flush(record)
        empty = record.arrow_schema().empty_table()
        return pa.concat_tables([empty, *self._tables[record]])

    def narrow(self, record: type[Record], kept: pa.Table) -> None:
        """Hold only these records of a kind; the others must be rejected one by one."""
        self._n_out[record.table] -= self.table(record).num_rows - kept.num_rows
        self._tables[record] = [kept]

    def stage(self, staging: Staging) -> None:
        """Write every table, also the empty ones, so that what an earlier attempt left is replaced."""
        for record in _RECORDS:
            staging.write(record, self.table(record), part=PART)

    def counts(self) -> list[StageCount]:
        """Return the counts of every unit that was offered, in the order of the chain."""
        units = [r.table for r in _RECORDS if self._n_in[r.table]]
        return [
            StageCount(
                stage="read",
                unit=unit,
                n_in=self._n_in[unit],
                n_out=self._n_out[unit],
                rejects=_reason_counts(self._reasons.get(unit, Counter())),
            )
            for unit in units
        ]

    def _hold(self, record: Record) -> None:
        waiting = self._waiting[type(record)]
        waiting.append(record)
        if len(waiting) >= _ROWS_PER_BATCH:
            self._flush(type(record))

    def _flush(self, record: type[Record]) -> None:
        waiting = self._waiting[record]
        if waiting:
            self._tables[record].append(record.to_table(waiting))
            self._waiting[record] = []


def _reason_counts(reasons: Counter[str]) -> tuple[ReasonCount, ...]:
    ordered: Iterable[tuple[str, int]] = sorted(
        reasons.items(), key=lambda item: (-item[1], item[0])
    )
    return tuple(ReasonCount(reason=reason, n=n) for reason, n in ordered)
