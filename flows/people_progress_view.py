"""How far the people of each queue are, as the terminal shows it."""

from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from flows.people_progress import PeopleProgress, PersonInQueue
from schemas.printable import printable


def progress_view(progress: PeopleProgress) -> RenderableType:
    """Show each person in each queue, then how far each queue is. Times are in UTC; what is unknown is a dash."""
    if not progress.people:
        return Text("no annotators yet: winnow annotate people add NAME")
    parts: list[RenderableType] = [_table(progress.people)]
    parts += [
        Text(
            f"queue '{queue.queue}': {queue.n_done:,} of {queue.n_items:,} items have enough answers"
        )
        for queue in progress.queues
    ]
    return Group(*parts)


def _table(people: tuple[PersonInQueue, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("person", "queue"):
        table.add_column(name, overflow="fold")
    for name in ("answered", "waiting", "skipped", "last active, UTC"):
        table.add_column(name, justify="right", no_wrap=True)
    before = ""
    for row in people:
        named = printable(row.person) + (" (removed)" if row.is_removed else "")
        table.add_row(Text(named if row.person != before else ""), *_cells(row))
        before = row.person
    return table


def _cells(row: PersonInQueue) -> tuple[Text, ...]:
    if row.queue is None:
        return (Text("in no queue", style="dim"), *(Text("–") for _ in range(4)))
    counts = (row.n_answered, row.n_waiting, row.n_skipped)
    return (
        Text(printable(row.queue)),
        *(Text(f"{n:,}") for n in counts),
        Text(_minute(row.last_active_at)),
    )


def _minute(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d %H:%M}" if when else "–"
