"""Shortcuts in plain words and as a plot."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from winnow.reports.drawing import BLUE, INK, LINE, ORANGE, panels
from winnow.reports.intervals import percent
from winnow.reports.release.queries import figure_sql
from winnow.schemas.plurals import agreeing, counted
from winnow.schemas.shortcuts import Shortcut

if TYPE_CHECKING:
    from winnow.warehouse.catalog import Warehouse

_FINDINGS = {
    "explains": "explains the labels",
    "unclear": "too few to tell",
    "clear": "does not explain them",
    "absent": "does not occur",
}
_NBSP = "\N{NO-BREAK SPACE}"


def read_shortcuts(warehouse: "Warehouse", release: str, run_id: str) -> list[Shortcut]:
    """Read what a run found, warnings first; nothing where it is older than the audit against shortcuts."""
    sql = figure_sql("shortcuts", release=release, run_id=run_id)
    return Shortcut.from_table(warehouse.query(sql, at=release))


def right(shortcut: Shortcut) -> float:
    """Return the share of labels that the better one of the two guesses names."""
    return shortcut.accuracy if shortcut.leans_to_more else 1 - shortcut.accuracy


def right_range(shortcut: Shortcut) -> tuple[float, float]:
    """Return the interval of `right`."""
    low, high = shortcut.low, shortcut.high
    return (low, high) if shortcut.leans_to_more else (1 - high, 1 - low)


def right_on_gold(shortcut: Shortcut) -> float | None:
    """Return the share of gold verdicts that the same guess names; None without gold."""
    share = shortcut.gold_accuracy
    return share if share is None or shortcut.leans_to_more else 1 - share


def warning_of(shortcut: Shortcut) -> str:
    """Say in one sentence what a shortcut guesses and how often that is right, on labels and on gold."""
    low, high = right_range(shortcut)
    text = (
        f"Choosing {shortcut.guess} agrees with {percent(right(shortcut))} of {counted(shortcut.n, 'label')}"
        f" ({low * 100:.0f} to {high * 100:.0f}{_NBSP}%)"
    )
    on_gold = right_on_gold(shortcut)
    if on_gold is None:
        return f"{text}; without gold, nobody can say whether it should."
    return f"{text} and with {percent(on_gold)} of {counted(shortcut.n_gold, 'gold verdict')}."


def way_out(shortcut: Shortcut) -> str:
    """Say what can be done about a shortcut that warns."""
    if shortcut.shortcut == "probe":
        return "balance the features that it weighs most, which winnow show lists"
    return f"balance it with assemble: {{rebalance: {shortcut.shortcut}}}"


def finding_of(shortcut: Shortcut) -> str:
    """Say what follows for the labels."""
    if shortcut.finding != "explains":
        return (
            "predicts labels better than gold"
            if shortcut.is_warning
            else _FINDINGS[shortcut.finding]
        )
    if not shortcut.is_warning:
        return "explains the labels, and gold as well"
    if shortcut.gold_low is None or shortcut.gold_high is None:
        return _FINDINGS["explains"]
    best = shortcut.gold_high if shortcut.leans_to_more else 1 - shortcut.gold_low
    too_little = best > shortcut.threshold
    return (
        f"explains the labels, {'and there is too little gold' if too_little else 'but not gold'}"
    )


def overview(shortcuts: Sequence[Shortcut]) -> str:
    """Say what was found in all."""
    n_warnings = sum(s.is_warning for s in shortcuts)
    if n_warnings:
        return f"{n_warnings} of {len(shortcuts)} shortcuts warn."
    unclear = [s for s in shortcuts if s.finding == "unclear"]
    if unclear:
        return (
            f"No shortcut warns, but for {len(unclear)} of {len(shortcuts)} the {counted(shortcuts[0].n, 'decided preference')}"
            f" {agreeing(shortcuts[0].n, 'is', 'are')} too few to tell."
        )
    return "No shortcut explains the labels."


def shortcut_figure(shortcuts: Sequence[Shortcut]) -> str:
    """Draw how often each guess is right: interval and dot on the labels, hollow diamond on gold."""
    rows = list(reversed(shortcuts))
    size = (7.6, 0.29 * len(rows) + 0.95)
    with panels("shortcuts", 1, size) as ((axes,), finish):
        axes.set_xlabel("guesses that are right, %")
        axes.axvline(50, color=INK, lw=1)
        for edge in (1 - rows[0].threshold, rows[0].threshold):
            axes.axvline(100 * edge, color=INK, lw=0.8, ls=":")
        for y, row in enumerate(rows):
            color = ORANGE if row.is_warning else BLUE
            low, high = right_range(row)
            axes.plot([100 * low, 100 * high], [y, y], color=color, lw=2.2, alpha=0.55)
            axes.plot(
                [100 * right(row)],
                [y],
                "s" if row.is_warning else "o",
                color=color,
                ms=6,
                clip_on=False,
            )
            on_gold = right_on_gold(row)
            if on_gold is not None:
                axes.plot([100 * on_gold], [y], "D", mfc="none", mec=INK, ms=5.5, clip_on=False)
        axes.set_yticks(range(len(rows)), [row.guess for row in rows])
        axes.set_ylim(-0.7, len(rows) - 0.3)
        axes.set_xlim(0, 100)
        axes.grid(False, axis="y")
        axes.grid(True, axis="x", color=LINE)
    return finish()
