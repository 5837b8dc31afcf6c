"""How far the people of each queue are, as the terminal shows it."""

from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from winnow.flows.people.progress import PeopleProgress, PersonInQueue
from winnow.reports.terminal.tables import RowTable, number
from winnow.schemas.plurals import agreeing, counted


def progress_view(progress: PeopleProgress) -> RenderableType:
    """Show each person in each queue, then how far each queue is. Times are in UTC; what is unknown is a dash."""
    if not progress.people:
        return Text("no annotators yet: winnow annotate people add NAME")
    parts: list[RenderableType] = [_table(progress.people)]
    parts += [
        Text(
            f"queue '{queue.queue}': {queue.n_done:,} of {counted(queue.n_items, 'item')} {agreeing(queue.n_items, 'has', 'have')} enough answers"
        )
        for queue in progress.queues
    ]
    return Group(*parts)


def _table(people: tuple[PersonInQueue, ...]) -> RowTable:
    counts = ("answered", "waiting", "skipped", "last active, UTC")
    table = RowTable("person", "queue", *map(number, counts))
    before = ""
    for row in people:
        named = f"{row.person} (removed)" if row.is_removed else row.person
        table.add_row(named if row.person != before else "", *_cells(row))
        before = row.person
    return table


def _cells(row: PersonInQueue) -> tuple[str | Text, ...]:
    if row.queue is None:
        return (Text("in no queue", style="dim"), *("–" for _ in range(4)))
    counts = (row.n_answered, row.n_waiting, row.n_skipped)
    return (row.queue, *(f"{n:,}" for n in counts), _minute(row.last_active_at))


def _minute(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d %H:%M}" if when else "–"
