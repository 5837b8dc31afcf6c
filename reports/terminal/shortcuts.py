"""What the terminal shows of the audit against shortcuts."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from winnow.reports.release.shortcuts import (
    finding_of,
    right,
    right_on_gold,
    right_range,
    way_out,
)
from winnow.reports.terminal.tables import RowTable, number, prose
from winnow.schemas.plurals import counted
from winnow.schemas.shortcuts import Shortcut

_MOST_WARNINGS = 4


def warning_lines(shortcuts: Sequence[Shortcut]) -> Iterator[Text]:
    """Yield one line a warning with what to do about it, the strongest first, and one for those that are left."""
    warnings = [shortcut for shortcut in shortcuts if shortcut.is_warning]
    for shortcut in warnings[:_MOST_WARNINGS]:
        low, high = right_range(shortcut)
        gold = right_on_gold(shortcut)
        on_gold = "no gold" if gold is None else f"{gold:.0%} of {shortcut.n_gold:,} gold"
        yield Text.assemble(
            (f"shortcut {shortcut.shortcut}  ", "yellow"),
            f"{shortcut.guess}: {right(shortcut):.0%} of {counted(shortcut.n, 'label')} ({low:.0%} to {high:.0%}), {on_gold};"
            f" {way_out(shortcut)}",
        )
    if rest := warnings[_MOST_WARNINGS:]:
        names = ", ".join(shortcut.shortcut for shortcut in rest)
        yield Text.assemble((f"{len(rest)} more shortcuts warn  ", "yellow"), names)


def shortcut_table(shortcuts: Sequence[Shortcut]) -> RowTable:
    """Show how often each shortcut is right, on labels and on gold, and what follows; those found nowhere are left out."""
    figures = map(number, ("right", "95 %", "gold"))
    table = RowTable("shortcut", *figures, prose("finding"), prose("guess"), prose(""))
    for shortcut in shortcuts:
        if shortcut.finding == "absent":
            continue
        low, high = right_range(shortcut)
        gold = right_on_gold(shortcut)
        table.add_row(
            shortcut.shortcut,
            f"{right(shortcut):.0%}",
            Text(f"{low:.0%} to {high:.0%}", style="dim"),
            "–" if gold is None else f"{gold:.0%} of {shortcut.n_gold:,}",
            finding_of(shortcut),
            shortcut.guess,
            Text(shortcut.detail or "", style="dim"),
            style="yellow" if shortcut.is_warning else "",
        )
    return table
