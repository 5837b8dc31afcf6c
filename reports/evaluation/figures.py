"""The plots of an evaluation's page."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from winnow.annotation.evaluation.calibration import Calibration
from winnow.annotation.evaluation.estimates import Estimate
from winnow.annotation.evaluation.figures import JudgeFigures
from winnow.reports.drawing import BLUE, INK, LINE, ORANGE, panels
from winnow.reports.evaluation.words import title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW_IN = 0.24
_FRAME_IN = 0.75
_WIDE_IN = 9.6
_LONGEST_NAME = 38

Pick = Callable[[JudgeFigures], Estimate | None]


class Panel(NamedTuple):
    """One column of a forest plot."""

    heading: str
    pick: Pick
    """What it shows of a judge."""

    even: float | None
    """Where a dashed line stands: what a judge without skill or without bias gets; None for no line."""


def forest(
    name: str,
    lines: Sequence[JudgeFigures],
    columns: Sequence[Panel],
    *,
    signed: bool = False,
    is_one_scale: bool = False,
) -> str:
    """Draw figures with their intervals, a row a judge and a panel a figure.

    Args:
        name: Of the plot.
        lines: Judges, the first on top; the labels of all of them together are drawn in another colour.
        columns: The panels.
        signed: Whether the figures are differences, which have a sign.
        is_one_scale: Whether all panels show the same figure, so that they share a scale.
    """
    height = _FRAME_IN + _ROW_IN * len(lines)
    with panels(name, len(columns), (_WIDE_IN, height)) as (row, finish):
        for axes, panel in zip(row, columns, strict=True):
            _draw(axes, panel.heading, [panel.pick(line) for line in lines], lines, signed=signed)
            if panel.even is not None:
                axes.axvline(panel.even, color=INK, lw=0.8, ls=(0, (3, 3)))
        if is_one_scale:
            ends = [axes.get_xlim() for axes in row]
            for axes in row:
                axes.set_xlim(min(low for low, _ in ends), max(high for _, high in ends))
        row[0].set_yticks(range(len(lines)), [_short(title(line)) for line in lines])
        row[0].set_ylim(len(lines) - 0.4, -0.6)
    return finish()


def reliability(name: str, calibration: Calibration) -> str:
    """Draw stated confidence against measured accuracy; the size of a dot is the number of its comparisons."""
    with panels(name, 1, (3.4, 3.1)) as ((axes,), finish):
        axes.plot([0.5, 1], [0.5, 1], color=INK, lw=0.8, ls=(0, (3, 3)))
        for found in calibration.bins:
            right = found.right
            if right.low is not None and right.high is not None:
                axes.plot(
                    [found.stated] * 2, [right.low, right.high], color=BLUE, lw=1.4, alpha=0.7
                )
            axes.scatter(
                [found.stated],
                [right.value],
                s=16 + 160 * right.n / calibration.n,
                color=BLUE,
                lw=0,
            )
        axes.set_xlim(0.48, 1.02)
        axes.set_ylim(0, 1.03)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.set_xlabel("stated confidence")
        axes.set_ylabel("right")
    return finish()


def _draw(
    axes: "Axes",
    heading: str,
    estimates: Sequence[Estimate | None],
    lines: Sequence[JudgeFigures],
    *,
    signed: bool,
) -> None:
    axes.set_title(heading, fontsize=10, loc="left")
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x", color=LINE, alpha=0.35, lw=0.6)
    for place, (found, line) in enumerate(zip(estimates, lines, strict=True)):
        if found is None:
            continue
        color = ORANGE if line.kind == "aggregate" else BLUE
        if found.low is not None and found.high is not None:
            axes.plot([found.low, found.high], [place, place], color=color, lw=2.2, alpha=0.45)
        marker = "D" if line.kind == "aggregate" else "o"
        axes.plot([found.value], [place], marker, color=color, ms=5)
    form = "{:+.0%}" if signed else "{:.0%}"
    axes.xaxis.set_major_formatter(lambda value, _: form.format(value))


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
