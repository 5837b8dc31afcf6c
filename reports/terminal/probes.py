"""What the terminal shows of probed judges."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from winnow.annotation.evaluation.probing import ProbeEffect
from winnow.reports.evaluation.probe_words import COUNTED, probe_sentences
from winnow.reports.evaluation.words import NONE, interval, points
from winnow.reports.terminal.tables import RowTable, number


def probes_view(effects: Sequence[ProbeEffect]) -> RenderableType:
    """Show annotators and probes with their effects, then what to know."""
    columns = ("effect", "95%", "changed", "up", "down", "prompts", "p, all together")
    table = RowTable("judge", "probe", *map(number, columns))
    before = None
    for one in effects:
        table.add_row(
            one.annotator if one.annotator != before else "",
            one.probe,
            points(one.effect),
            interval(one.effect, signed=True),
            NONE if one.changed is None else f"{one.changed:.1%}",
            f"{one.n_up:,}",
            f"{one.n_down:,}",
            f"{one.effect.n if one.effect else 0:,}",
            NONE if one.p_adjusted is None else f"{one.p_adjusted:.3f}",
            style="bold" if one.is_bias else "",
        )
        before = one.annotator
    said = [Text(f"• {sentence}") for sentence in probe_sentences(effects)]
    return Group(table, Text(COUNTED, style="dim"), "", *said)
