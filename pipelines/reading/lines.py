"""The loop over the rows of a source, which every kind of input shares."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.effects import check_columns, check_effects, notes
from winnow.pipelines.reading.fields import Fields
from winnow.pipelines.reading.formats.row import Row
from winnow.pipelines.reading.health import Health
from winnow.pipelines.reading.intake import Intake, Numbered
from winnow.pipelines.reading.known import Known
from winnow.pipelines.reading.rows import read_rows
from winnow.pipelines.reading.settings import Source
from winnow.pipelines.reading.usage import Usage
from winnow.schemas.base import Record

TakeLine = Callable[[str, Fields], None]
"""Takes in one line, given its place and fields, or raises a Defect."""

_ROWS = 2048
_CHARACTERS = 1 << 24
"""Rows of a batch, or characters."""

_FIRST_ROWS = 16
"""Rows of the first batch, which show what the others are like."""


class Plain(Protocol):
    """Reads rows together that have a plain form, and leaves the others."""

    def look_at(self, rows: Sequence[Row]) -> None:
        """Look at the rows of a batch."""

    def take(self, i: int) -> bool:
        """Take in a row of the batch; False where it has to be read alone."""

    def learn(self, i: int) -> None:
        """Note that a row of the batch was taken in alone, and whole."""

    def finish(self) -> Mapping[type[Record], Numbered]:
        """End the batch: count what was taken in of it, and return it."""


class Alone:
    """Leaves every row to be read alone."""

    def __init__(self, known: Known | None = None) -> None:
        """Begin with nothing; `known` is what the rows add to, None where they add to nothing."""
        self._known = known

    def look_at(self, rows: Sequence[Row]) -> None:
        """Look at none."""

    def take(self, i: int) -> bool:
        """Take in none."""
        return False

    def learn(self, i: int) -> None:
        """Learn nothing."""

    def finish(self) -> Mapping[type[Record], Numbered]:
        """Return nothing."""
        if self._known:
            self._known.settle()
        return {}


def read_lines(
    source: Source,
    name: str,
    unit: str,
    intake: Intake,
    take: TakeLine,
    *,
    together: Callable[[Usage], Plain] = lambda _usage: Alone(),
    on_reject: Callable[[Row], None] | None = None,
) -> None:
    """Take in every line of a source; each that cannot be used is rejected with its place and reason.

    Args:
        source: Where the lines are.
        name: What places begin with.
        unit: What one line is, such as "prompts".
        intake: Where they go.
        take: What to do with a line.
        together: Makes the reader of those that can be read together, given the notes of the source.
        on_reject: Told of each line that was rejected.

    Raises:
        MalformedInput: The source is empty or too much of it malformed, or it cannot be read at all.
        InvalidSettings: It is missing, or a setting of it has no effect.
    """
    usage = Usage((*source.columns.values(), *source.kept))
    intake.health = health = Health(name, source.max_malformed, unit)
    plain = together(usage)
    for rows in _batches(read_rows(source, name, usage)):
        plain.look_at(rows)
        for i, row in enumerate(rows):
            if plain.take(i):
                continue
            intake.at, n_before = i, intake.n_rejects
            intake.offer(unit)
            if defect := _why_rejected(row, source, usage, take):
                intake.reject(unit, "line", row.place, defect)
                if on_reject:
                    on_reject(row)
            elif intake.n_rejects == n_before:
                plain.learn(i)
        intake.pass_on(plain.finish())
    intake.health = None
    check_columns(source, name, usage)
    for note in notes(source, name, usage):
        intake.say(note)
    health.check()
    check_effects(source, name, usage)


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size, most = 0, _FIRST_ROWS
    for row in rows:
        batch.append(row)
        size += row.n_characters()
        if len(batch) == most or size > _CHARACTERS:
            yield batch
            batch, size, most = [], 0, _ROWS
    if batch:
        yield batch


def _why_rejected(row: Row, source: Source, usage: Usage, take: TakeLine) -> Defect | None:
    try:
        take(row.place, _fields(row, source, usage))
        usage.counted["lines"] += 1
    except Defect as defect:
        return defect
    except RecursionError:
        return Defect("malformed_json", "the row is nested too deeply")
    return None


def _fields(row: Row, source: Source, usage: Usage) -> Fields:
    if isinstance(row.data, Defect):
        raise row.data
    return Fields(row.data, source.columns, usage)
