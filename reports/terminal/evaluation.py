"""What the terminal shows of an evaluation."""

from collections import Counter

from rich.console import Group, RenderableType
from rich.text import Text

from winnow.annotation.evaluation.estimates import Estimate
from winnow.annotation.evaluation.evaluate import Evaluation
from winnow.annotation.evaluation.figures import JudgeFigures
from winnow.reports.evaluation.words import (
    NONE,
    interval,
    n_read,
    points,
    price,
    sentences,
    share,
    title,
)
from winnow.reports.terminal.tables import RowTable, number

_SHOWN_PARTS = 12
_SHOWN_JUDGES = 3
_HEADS = {
    "benchmark": "as the benchmark counts",
    "subset": "by subset",
    "language": "by language",
    "length": "by length",
}
_LEGEND = Text(
    "right: of the cases read, with 95% intervals; what could not be read is not scored; holds: same verdict in both "
    "orders; first: decisive verdicts for the response shown first; position, length: points by which the first shown, "
    "the longer is preferred more often than by gold; calib.: calibration error; unread: judgments",
    style="dim",
)


def evaluation_view(evaluation: Evaluation) -> RenderableType:
    """Show judges side by side, then the best of them part by part, then what to know."""
    together = (evaluation.together,) if evaluation.together else ()
    lines = (*evaluation.judges, *together)
    said = [Text(f"• {sentence}") for sentence in sentences(evaluation)]
    rightness, rest = _rightness(lines, evaluation), _bias_and_cost(lines, evaluation)
    return Group(rightness, "", rest, _LEGEND, *_parts(evaluation), "", *said)


def _rightness(lines: tuple[JudgeFigures, ...], evaluation: Evaluation) -> RowTable:
    table = _of_judges("right", f"read of {evaluation.n_cases:,}", "both orders", "holds", "first")
    for one in lines:
        table.add_row(
            title(one),
            _with_interval(one.accuracy),
            f"{n_read(one):,}",
            share(one.both_orders),
            share(one.position.consistency),
            share(one.position.first),
            style=_style(one, evaluation),
        )
    return table


def _bias_and_cost(lines: tuple[JudgeFigures, ...], evaluation: Evaluation) -> RowTable:
    table = _of_judges("position", "length", "calib.", "unread", "per 1,000")
    for one in lines:
        table.add_row(
            title(one),
            points(one.position.bias),
            points(one.length.bias),
            _calibration(one),
            share(one.invalid),
            price(one.cost),
            style=_style(one, evaluation),
        )
    return table


def _of_judges(*names: str) -> RowTable:
    return RowTable("judge", *map(number, names))


def _style(one: JudgeFigures, evaluation: Evaluation) -> str:
    return "bold" if one.annotator == evaluation.best or one.kind == "aggregate" else ""


def _parts(evaluation: Evaluation) -> list[RenderableType]:
    chosen = evaluation.judges[:_SHOWN_JUDGES]
    together = (evaluation.together,) if evaluation.together else ()
    lines = (*chosen, *together)
    shown: list[RenderableType] = []
    for by, heading in _HEADS.items():
        sizes: Counter[str] = Counter()
        cells: dict[tuple[str, str], Estimate] = {}
        for one in lines:
            for part in one.slices:
                if part.by == by:
                    cells[one.annotator, part.name] = part.accuracy
                    sizes[part.name] = max(sizes[part.name], part.accuracy.n)
        if not sizes:
            continue
        names = list(sizes) if by == "benchmark" else [name for name, _ in sizes.most_common()]
        table = RowTable(heading, number("n"), *(number(title(one)) for one in lines))
        for name in names[:_SHOWN_PARTS]:
            found = [cells.get((one.annotator, name)) for one in lines]
            table.add_row(name, f"{sizes[name]:,}", *map(_with_interval, found))
        shown += ["", table]
        if len(names) > _SHOWN_PARTS:
            shown.append(Text(f"and {len(names) - _SHOWN_PARTS} more", style="dim"))
    return shown


def _with_interval(found: Estimate | None) -> Text:
    if found is None:
        return Text(NONE)
    return Text.assemble(share(found), (f" {interval(found)}", "dim"))


def _calibration(one: JudgeFigures) -> str:
    if one.calibration is None or one.calibration.error is None:
        return NONE
    return f"{one.calibration.error:.3f}"
