"""The plots of a release's page."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from winnow.reports.drawing import BLUE, ORANGE, histogram, legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def confidence_figure(rows: Sequence[dict[str, Any]]) -> str:
    """Draw how sure the labels are: those published and those that were not."""
    with histogram("confidence", "probability of the likeliest verdict", "labels") as (
        axes,
        finish,
    ):
        left = [row["from_probability"] for row in rows]
        published, rest = [row["n_published"] for row in rows], [row["n_rest"] for row in rows]
        _bars(axes, left, published, rest, ("published", "not published"))
        axes.set_xlim(0, 1)
    return finish()


def margin_figure(rows: Sequence[dict[str, Any]]) -> str:
    """Draw how far apart the two sides of each preference are."""
    with histogram("margins", "margin |p(a) − p(b)|", "preferences") as (axes, finish):
        left = [row["from_margin"] for row in rows]
        decided, tied = [row["n_decided"] for row in rows], [row["n_tied"] for row in rows]
        _bars(axes, left, decided, tied, ("decided", "tied"))
        axes.set_xlim(0, 1)
    return finish()


def length_figure(rows: Sequence[dict[str, Any]]) -> str:
    """Draw how long chosen and rejected responses are, on a logarithmic axis."""
    from matplotlib.ticker import LogLocator, NullLocator

    with histogram("lengths", "characters in the response", "responses") as (axes, finish):
        edges = [10 ** (row["step"] / 10) for row in rows]
        for key, color, label, style in (
            ("n_chosen", BLUE, "chosen", "-"),
            ("n_rejected", ORANGE, "rejected", "--"),
        ):
            counts = [row[key] for row in rows]
            ends = [edge * 10**0.1 for edge in edges]
            if edges:
                axes.stairs(*_steps(edges, ends, counts), color=color, label=label, lw=2, ls=style)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        legend(axes)
    return finish()


def _bars(
    axes: "Axes",
    left: Sequence[float],
    lower: Sequence[int],
    upper: Sequence[int],
    names: tuple[str, str],
) -> None:
    width = 0.046
    axes.bar(left, lower, width, align="edge", color=BLUE, label=names[0])
    if any(upper):
        # Hatched as well as coloured, so that the two are told apart in grey.
        shown = [(x, low, high) for x, low, high in zip(left, lower, upper, strict=True) if high]
        starts, bottoms, heights = zip(*shown, strict=True)
        axes.bar(
            starts, heights, width, bottom=bottoms, align="edge", facecolor="none", edgecolor=ORANGE,
            hatch="////", linewidth=0.8, label=names[1],
        )  # fmt: skip
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    legend(axes)


def _steps(
    starts: Sequence[float], ends: Sequence[float], counts: Sequence[int]
) -> tuple[list[int], list[float]]:
    """Put a step of zero wherever the occupied steps leave a gap."""
    values: list[int] = []
    edges: list[float] = [starts[0]]
    for start, end, count in zip(starts, ends, counts, strict=True):
        if start > edges[-1] * 1.001:
            values.append(0)
            edges.append(start)
        values.append(count)
        edges.append(end)
    return values, edges
