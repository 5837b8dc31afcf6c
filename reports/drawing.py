"""The hand that all plots are drawn with: inline SVG that takes its colours from the page.

So they are right in light, in dark and on paper.
"""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from winnow.schemas.printable import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE_IN = (4.6, 2.5)
"""Width and height of a histogram, in inches."""
_AXES = (0.15, 0.21, 0.82, 0.65)
"""Left, bottom, width and height of a histogram's axes, as shares of it."""
# Colours that matplotlib draws with, and the page's own that take their place.
_PAINT = {"#111111": "var(--ink)", "#888888": "var(--line)", "#0072b2": "var(--blue)", "#d55e00": "var(--orange)"}  # fmt: skip
INK, LINE, BLUE, ORANGE = _PAINT
_STYLE = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a name with two dollars in it is a name
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": LINE,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.alpha": 0.35,
    "grid.linewidth": 0.6,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
}


def legend(axes: "Axes") -> None:
    """Put the legend above the plot, on its left; none where nothing is drawn."""
    if not axes.get_legend_handles_labels()[0]:
        return
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, handlelength=1.4, borderpad=0
    )


@contextmanager
def histogram(name: str, x_label: str, y_label: str) -> Iterator[tuple["Axes", Callable[[], str]]]:
    """Open a plot with counts on its upright axis; the second value finishes it and gives its SVG.

    All of them have one size, and so have their axes, whatever their labels are.

    Args:
        name: Told apart from every other plot of the page by it.
        x_label: What the level axis shows.
        y_label: What the upright axis shows.
    """
    from matplotlib.ticker import MaxNLocator

    with panels(name, 1, SIZE_IN) as ((axes,), finish):
        axes.set_position(_AXES)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        yield axes, finish


@contextmanager
def panels(
    name: str, n: int, size_in: tuple[float, float], *, n_columns: int | None = None
) -> Iterator[tuple[list["Axes"], Callable[[], str]]]:
    """Open plots side by side on one upright axis; the second value finishes them and gives their SVG.

    Args:
        name: Told apart from every other plot of the page by it.
        n: How many.
        size_in: Width and height of all together, in inches.
        n_columns: How many stand side by side, each with an upright axis of its own; all of them where left out.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=size_in, layout="constrained")
        n_rows = -(-n // (n_columns or n))
        drawn = figure.subplots(n_rows, n_columns or n, sharey=n_columns is None, squeeze=False)
        for empty in drawn.flat[n:]:
            empty.set_axis_off()

        def finish() -> str:
            buffer = io.StringIO()
            with rc_context({**_STYLE, "svg.hashsalt": name}):
                figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
            return printable(_inline(buffer.getvalue(), name))

        yield list(drawn.flat[:n]), finish


def _inline(svg: str, name: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # Several plots share one page, so their ids must not collide.
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r"font: ([^;\"]*?)'[^;\"]*", r"font: \1system-ui, sans-serif", svg)
    for drawn, page in _PAINT.items():
        svg = svg.replace(drawn, page)
    return re.sub(r'(<svg [^>]*?)width="[^"]*" height="[^"]*"|(<svg [^>]*?)height="[^"]*"([^>]*?)width="[^"]*"', r"\1\2\3", svg, count=1)  # fmt: skip
