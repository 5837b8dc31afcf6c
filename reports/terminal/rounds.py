"""Rounds of people and models as a table."""

from collections.abc import Sequence

from winnow.reports.terminal.tables import RowTable, number, prose
from winnow.schemas.rounds import RoundResult


def rounds_table(results: Sequence[RoundResult], budget: int) -> RowTable:
    """Show one row a round.

    Args:
        results: Of each round, in order.
        budget: Labels of people in all.
    """
    counts = ("round", "people", "kept", "flipped", "discarded", "coverage", "accuracy (95 %)")
    table = RowTable(*map(number, counts), prose("of labels that nobody looked at"))
    for r in results:
        table.add_row(
            str(r.round),
            f"{r.n_asked:,} / {budget:,}",
            f"{r.n_keep:,}",
            f"{r.n_flip:,}",
            f"{r.n_discard:,}",
            f"{r.coverage:.1%}",
            _with_interval(r.accuracy, r.low, r.high),
            f"{_with_interval(r.n_right / r.n_sample if r.n_sample else None, r.unseen_low, r.unseen_high)}, "
            f"{r.n_sample:,} random",
        )
    return table


def _with_interval(value: float | None, low: float, high: float) -> str:
    return "unknown" if value is None else f"{value:.3f} ({low:.3f} to {high:.3f})"
