"""The loop over the rows of a source, which every kind of input shares."""

from collections.abc import Callable

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.effects import check_columns, check_effects, notes
from winnow.pipelines.reading.fields import Fields
from winnow.pipelines.reading.formats.row import Row
from winnow.pipelines.reading.health import Health
from winnow.pipelines.reading.intake import Intake
from winnow.pipelines.reading.rows import read_rows
from winnow.pipelines.reading.settings import Source
from winnow.pipelines.reading.usage import Usage

TakeLine = Callable[[str, Fields], None]
"""Takes in one line, given its place and fields, or raises a Defect."""


def read_lines(
    source: Source,
    name: str,
    unit: str,
    intake: Intake,
    take: TakeLine,
    on_reject: Callable[[Row], None] | None = None,
) -> None:
    """Take in every line of a source; each that cannot be used is rejected with its place and reason.

    Args:
        source: Where the lines are.
        name: What places begin with.
        unit: What one line is, such as "prompts".
        intake: Where rejects go.
        take: What to do with a line.
        on_reject: Told of each line that was rejected.

    Raises:
        MalformedInput: The source is empty or too much of it malformed, or it cannot be read at all.
        InvalidSettings: It is missing, or a setting of it has no effect.
    """
    usage = Usage((*source.columns.values(), *source.kept))
    intake.health = health = Health(name, source.max_malformed, unit)
    for row in read_rows(source, name, usage):
        intake.offer(unit)
        if defect := _why_rejected(row, source, usage, take):
            intake.reject(unit, "line", row.place, defect)
            if on_reject:
                on_reject(row)
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
