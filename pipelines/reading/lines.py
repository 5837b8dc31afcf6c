"""The loop over the rows of a source, which every kind of input shares."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any, Protocol

from winnow.pipelines.collecting import without_collector
from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.effects import check_columns, check_effects, notes
from winnow.pipelines.reading.elsewhere.batches import read_batches
from winnow.pipelines.reading.fields import Fields
from winnow.pipelines.reading.formats.row import Row
from winnow.pipelines.reading.health import Health
from winnow.pipelines.reading.intake import Intake, Numbered
from winnow.pipelines.reading.known import Known
from winnow.pipelines.reading.settings import Source
from winnow.pipelines.reading.usage import Usage
from winnow.schemas.base import Record

TakeLine = Callable[[str, Fields], None]
"""Takes in one line, given its place and fields, or raises a Defect."""


class Plain(Protocol):
    """Reads rows together that have a plain form, and leaves the others."""

    elsewhere: Any
    """Reads rows in other processes; None where they have to be read here."""

    def is_usual(self) -> bool:
        """Tell whether most rows so far were taken in together."""

    def look_at(self, rows: Sequence[Row], columns: Any = None) -> None:
        """Look at the rows of a batch, or at what was made of them elsewhere."""

    def take_all(self) -> bool:
        """Take in all rows of the batch at once; False where they have to be taken one after the other."""

    def take(self, i: int) -> bool:
        """Take in a row of the batch; False where it has to be read alone."""

    def learn(self, i: int) -> None:
        """Note that a row of the batch was taken in alone, and whole."""

    def finish(self) -> Mapping[type[Record], Numbered]:
        """End the batch: count what was taken in of it, and return it."""


class Alone:
    """Leaves every row to be read alone."""

    elsewhere = None

    def __init__(self, known: Known | None = None) -> None:
        """Begin with nothing; `known` is what the rows add to, None where they add to nothing."""
        self._known = known

    def is_usual(self) -> bool:
        """Say that none was."""
        return False

    def look_at(self, rows: Sequence[Row], columns: Any = None) -> None:
        """Look at none."""

    def take_all(self) -> bool:
        """Take in none."""
        return False

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
    found = read_batches(source, name, usage, plain.elsewhere, plain.is_usual)
    with closing(found), without_collector() as collect:
        for rows, columns in found:
            plain.look_at(rows, columns)
            for i in range(0 if plain.take_all() else len(rows)):
                if plain.take(i):
                    continue
                row, intake.at, n_before = rows[i], i, intake.n_rejects
                intake.offer(unit)
                if defect := _why_rejected(row, source, usage, take):
                    intake.reject(unit, "line", row.place, defect)
                    if on_reject:
                        on_reject(row)
                elif intake.n_rejects == n_before:
                    plain.learn(i)
            intake.pass_on(plain.finish())
            collect()
    intake.health = None
    check_columns(source, name, usage)
    for note in notes(source, name, usage):
        intake.say(note)
    health.check()
    check_effects(source, name, usage)


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
