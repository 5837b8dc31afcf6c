"""What the terminal shows of the audit against shortcuts."""

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from schemas.shortcuts import Shortcut
from warehouse.report.shortcuts import (
    finding_of,
    right,
    right_on_gold,
    right_range,
    way_out,
)

_MOST_WARNINGS = 4


def warning_lines(shortcuts: Sequence[Shortcut]) -> Iterator[Text]:
    """Give one line a warning with what to do about it, the strongest first, and one for those that are left."""
    warnings = [shortcut for shortcut in shortcuts if shortcut.is_warning]
    for shortcut in warnings[:_MOST_WARNINGS]:
        low, high = right_range(shortcut)
        gold = right_on_gold(shortcut)
        on_gold = "no gold" if gold is None else f"{gold:.0%} of {shortcut.n_gold:,} gold"
        yield Text.assemble(
            (f"shortcut {shortcut.shortcut}  ", "yellow"),
            f"{shortcut.guess}: {right(shortcut):.0%} of {shortcut.n:,} labels ({low:.0%} to {high:.0%}), {on_gold};"
            f" {way_out(shortcut)}",
        )
    if rest := warnings[_MOST_WARNINGS:]:
        names = ", ".join(shortcut.shortcut for shortcut in rest)
        yield Text.assemble((f"{len(rest)} more shortcuts warn  ", "yellow"), names)


def shortcut_table(shortcuts: Sequence[Shortcut]) -> Table:
    """Show how often each shortcut is right, on labels and on gold, and what follows; those found nowhere are left out."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("shortcut", no_wrap=True)
    table.add_column("guess", ratio=1)
    for name in ("right", "95 %", "gold"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", ratio=1)
    for shortcut in shortcuts:
        if shortcut.finding == "absent":
            continue
        low, high = right_range(shortcut)
        gold = right_on_gold(shortcut)
        table.add_row(
            shortcut.shortcut,
            Text.assemble(
                shortcut.guess, (f"\n{shortcut.detail}" if shortcut.detail else "", "dim")
            ),
            f"{right(shortcut):.0%}",
            Text(f"{low:.0%} to {high:.0%}", style="dim"),
            "–" if gold is None else f"{gold:.0%} of {shortcut.n_gold:,}",
            finding_of(shortcut),
            style="yellow" if shortcut.is_warning else None,
        )
    return table
