"""What the terminal shows of how the models stand."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from winnow.reports.terminal.tables import RowTable, number
from winnow.schemas.strengths import Standing

_LEGEND = (
    "as said: win rate of all verdicts, a tie as half; by labels: win rate of the labels, each by its likeliest verdict; "
    "strength: log-odds against the average model; 90 % intervals, prompts drawn at random"
)


def standing_view(standings: Sequence[Standing]) -> RenderableType:
    """Show the models, strongest first: verdicts counted, and beside them what the labels make of these."""
    figures = ("won/tied/lost", "as said", "by labels", "strength")
    table = RowTable("model", *map(number, figures))
    for one in standings:
        by_labels = (one.label_win_rate, one.label_win_rate_low, one.label_win_rate_high)
        table.add_row(
            one.model,
            _counts(one),
            _with_interval(one.win_rate, one.win_rate_low, one.win_rate_high),
            _with_interval(*by_labels),
            _signed(one.strength),
        )
    return Group(table, Text(_LEGEND, style="dim"))


def _signed(value: float) -> str:
    """Write a strength with its sign; what rounds to nothing has none."""
    text = f"{value:+.1f}"
    return "0.0" if float(text) == 0 else text


def _counts(one: Standing) -> str:
    if one.n_won is None:
        return "–"
    return f"{one.n_won:,}/{one.n_tied:,}/{one.n_lost:,}"


def _with_interval(value: float | None, low: float | None, high: float | None) -> str | Text:
    if value is None or low is None or high is None:
        return "–"
    return Text.assemble(f"{value:.0%} ", (f"({100 * low:.0f} to {100 * high:.0f})", "dim"))
