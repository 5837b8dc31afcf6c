"""The ratios that benchmarks measured, drawn from run to run for docs/speed.md."""

import textwrap
from collections.abc import Sequence
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING

from bench._history import Kept, read_history
from winnow.reports.drawing import BLUE, INK, LINE, ORANGE, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH_IN, _ROW_IN, _N_COLUMNS = 11.0, 2.1, 3
_STYLE = (
    "<style>:root{--ink:#1f2328;--line:#8c959f;--blue:#0072b2;--orange:#d55e00}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--line:#7d8590;--blue:#58a6ff;--orange:#f0883e}}</style>"
)
_NEWEST = 12
_NAMED = 5


def speed_plot() -> str:
    """Draw a plot for each ratio that has a goal, over the runs that measured it with the same options."""
    return drawn([one for one in read_history() if one.is_met is not None])


def drawn(kept: Sequence[Kept]) -> str:
    """Draw a plot for each ratio, over the runs that measured it, with its goal.

    Args:
        kept: Ratios with a goal, in the order of time.
    """
    series = [list(runs) for _, runs in groupby(sorted(kept, key=_series), _series)]
    n_rows = -(-len(series) // _N_COLUMNS)
    size = (_WIDTH_IN, max(n_rows, 1) * _ROW_IN)
    with panels("speed", max(len(series), 1), size, n_columns=_N_COLUMNS) as (all_axes, finish):
        for axes, runs in zip_longest(all_axes, series):
            if runs:
                _draw(axes, runs[-_NEWEST:])
            else:
                axes.set_axis_off()
        svg = finish()
    return stand_alone(svg)


def stand_alone(svg: str) -> str:
    """Give a drawing, which takes its colours from a page, colours of its own, so that it may be a file."""
    begin = svg.index(">", svg.index("<svg")) + 1
    return f"{svg[:begin]}{_STYLE}{svg[begin:]}"


def _series(kept: Kept) -> tuple[str, str, str]:
    return kept.benchmark, kept.options, kept.name


def _draw(axes: "Axes", runs: Sequence[Kept]) -> None:
    newest = runs[-1]
    goal = newest.at_most if newest.at_least is None else newest.at_least
    assert goal is not None
    places = range(len(runs))
    axes.axhline(goal, color=LINE, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.plot(places, [run.ratio for run in runs], color=BLUE, linewidth=1.2, zorder=2)
    for place, run in zip(places, runs, strict=True):
        axes.plot(
            place, run.ratio, "o", color=BLUE if run.is_met else ORANGE, markersize=5, zorder=3
        )
    wanted = "at least" if newest.at_most is None else "at most"
    name = textwrap.fill(f"{newest.benchmark} {newest.options}".rstrip() + f": {newest.name}", 44)
    axes.set_title(f"{name}\n{newest.ratio:.3g}, wanted {wanted} {goal:g}", loc="left", fontsize=9, color=INK)  # fmt: skip
    axes.set_ylim(0, 1.25 * max(goal, *(run.ratio for run in runs)))
    axes.set_xlim(-0.5, max(len(runs) - 0.5, 2.5))
    step = 1 + (len(runs) - 1) // _NAMED
    named = list(places)[::-step]  # the newest always among them
    axes.set_xticks(named, [runs[place].commit[:7] for place in named], fontsize=7)
