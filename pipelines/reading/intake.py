"""Intake: what reading brings in, counted, and passed on to staging in the order of its rows."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.health import Health
from winnow.pipelines.reading.outlet import Outlet
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

RECORDS: tuple[type[Record], ...] = (Prompt, Response, Comparison, Judgment, Gold, Reject)
"""What reading writes, in the order of the chain."""

Say = Callable[[str], None]
"""Shows one line, as it is, to the person who started the run."""


def say_nothing(_line: str) -> None:
    """Show a line to nobody."""


class Sink(Protocol):
    """Where records go."""

    def put(self, record: type[Record], rows: pa.Table) -> None:
        """Take rows behind those that came before."""


class Numbered(NamedTuple):
    """Rows of a table that were read together."""

    rows: pa.Table
    numbers: list[int]
    """Number of the row of the input that each comes from."""


class Intake:
    """Takes in records and rejects of one run.

    Every record that is offered counts as one in; it comes out as itself, or as one reject.
    """

    def __init__(self, run_id: str, sink: Sink, say: Say = say_nothing) -> None:
        """Begin with nothing.

        Args:
            run_id: The run.
            sink: Where records go; takes all of RECORDS.
            say: Shows a line to whoever started it.
        """
        self.run_id = run_id
        self.say = say
        self.health: Health | None = None
        """Health of the source that is read now."""

        self.at = 0
        """Number of the row that is read now, among those read since rows were passed on."""

        self.first_reject: Reject | None = None
        self.n_rejects = 0
        self._sinks: dict[type[Record], Sink] = dict.fromkeys(RECORDS, sink)
        self._waiting: dict[type[Record], list[tuple[int, Record]]] = {r: [] for r in RECORDS}
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
        reject = Reject(
            run_id=self.run_id,
            stage="read",
            record=record,
            record_id=place,
            reason=defect.reason,
            detail=detail,
        )
        self.first_reject = self.first_reject or reject
        self.n_rejects += 1
        self._hold(reject)

    def n_out(self, record: type[Record]) -> int:
        """Return how many records of a kind were taken in so far."""
        return self._n_out[record.table]

    def bring(self, record: type[Record], rows: pa.Table) -> None:
        """Pass on rows that were laid aside, which are counted already."""
        self._sinks[record].put(record, rows)

    def take_back(self, record: type[Record], n: int) -> None:
        """Count records of a kind as not taken in after all; each must be rejected."""
        self._n_out[record.table] -= n

    @contextmanager
    def laid_aside(self, place: Staging, *records: type[Record]) -> Iterator[None]:
        """Have records of some kinds written to another place, where they are whole when the block has ended."""
        sinks = self._sinks
        with Outlet(place, records, PART) as outlet:
            self._sinks = {**sinks, **dict.fromkeys(records, outlet)}
            yield
            self.pass_on()
        self._sinks = sinks

    def pass_on(self, plain: Mapping[type[Record], Numbered] | None = None) -> None:
        """Have what was taken in since the last time written, in the order of its rows.

        Args:
            plain: What was taken in of many rows at once, counted nowhere yet.
        """
        for record in RECORDS:
            together = plain.get(record) if plain else None
            alone, self._waiting[record] = self._waiting[record], []
            if together is not None:
                self._n_out[record.table] += together.rows.num_rows
            rows = _in_order(record, alone, together)
            if rows is not None:
                self._sinks[record].put(record, rows)

    def counts(self) -> list[StageCount]:
        """Return the counts of every unit that was offered, in the order of the chain."""
        units = [r.table for r in RECORDS if self._n_in[r.table]]
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
        self._waiting[type(record)].append((self.at, record))


def _in_order(
    record: type[Record], alone: list[tuple[int, Record]], together: Numbered | None
) -> pa.Table | None:
    if not alone:
        return together.rows if together and together.numbers else None
    rows = record.to_table(one for _, one in alone)
    if not together or not together.numbers:
        return rows
    numbers = np.array([*(number for number, _ in alone), *together.numbers])
    order = pa.array(np.argsort(numbers, kind="stable"))
    return pa.concat_tables([rows, together.rows]).combine_chunks().take(order)


def _reason_counts(reasons: Counter[str]) -> tuple[ReasonCount, ...]:
    ordered: Iterable[tuple[str, int]] = sorted(
        reasons.items(), key=lambda item: (-item[1], item[0])
    )
    return tuple(ReasonCount(reason=reason, n=n) for reason, n in ordered)
