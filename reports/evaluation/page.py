"""One HTML page that shows an evaluation and needs nothing else."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from winnow.annotation.evaluation.calibration import Calibration
from winnow.annotation.evaluation.estimates import Estimate
from winnow.annotation.evaluation.evaluate import Evaluation
from winnow.annotation.evaluation.figures import JudgeFigures, SliceKind
from winnow.reports.evaluation import words
from winnow.reports.evaluation.figures import Panel, Pick, forest, reliability
from winnow.reports.pages import page_environment, source

_TEMPLATE = "evaluation.html.j2"
_MOST_PANELS = 4
_MOST_DRAWN = 40
_MOST_RELIABILITY = 6
_CUTS: tuple[tuple[SliceKind, str], ...] = (
    ("benchmark", "As the benchmark counts"),
    ("subset", "By subset"),
    ("language", "By language"),
    ("length", "By which response is the longer"),
)


def render(evaluation: Evaluation, *, title: str, facts: dict[str, str]) -> str:
    """Return the page as HTML: no script, no network, light, dark and on paper.

    Args:
        evaluation: What was measured.
        title: What was evaluated on, such as the name of the file.
        facts: What else to say of where the figures come from, by name.
    """
    names = ("macros.html.j2", "page.css")
    sources = {name: source(name) for name in names} | {
        _TEMPLATE: source(_TEMPLATE, "winnow.reports.evaluation")
    }
    environment = page_environment(sources)
    for written in (
        words.share,
        words.interval,
        words.points,
        words.price,
        words.title,
        words.n_read,
    ):
        environment.filters[written.__name__] = written
    together = (evaluation.together,) if evaluation.together else ()
    lines = (*evaluation.judges, *together)
    chance = 0.5 if evaluation.unit == "comparisons" else None
    return environment.get_template(_TEMPLATE).render(
        title=title,
        facts=facts,
        evaluation=evaluation,
        best=next((one for one in evaluation.judges if one.annotator == evaluation.best), None),
        lines=lines,
        summary=words.sentences(evaluation),
        css=Markup(source("page.css")),
        plots=_plots(lines, chance),
        cuts=[cut for by, heading in _CUTS if (cut := _cut(by, heading, lines, chance))],
        reliability=_reliability(lines),
        strengths=[one for one in lines if one.calibration and one.calibration.error is None],
        n_left_out=max(0, len(lines) - _MOST_DRAWN),
    )


def _plots(lines: Sequence[JudgeFigures], chance: float | None) -> dict[str, Markup | None]:
    drawn = lines[:_MOST_DRAWN]
    wanted = {
        "accuracy": [
            Panel("right, mean over the orders", lambda one: one.accuracy, chance),
            Panel("right in both orders", lambda one: one.both_orders, None),
        ],
        "position": [
            Panel("names the response shown first", lambda one: one.position.first, 0.5),
            Panel("verdict holds when the order turns", lambda one: one.position.consistency, None),
        ],
        "length": [Panel("prefers the longer, beyond gold", lambda one: one.length.bias, 0.0)],
    }
    plots: dict[str, Markup | None] = dict.fromkeys(wanted)
    for name, columns in wanted.items():
        told = [panel for panel in columns if any(panel.pick(one) for one in drawn)]
        rows = [one for one in drawn if any(panel.pick(one) for panel in told)]
        if told:
            plots[name] = Markup(forest(name, rows, told, signed=name == "length"))
    return plots


def _cut(
    by: SliceKind, heading: str, lines: Sequence[JudgeFigures], chance: float | None
) -> dict[str, Any] | None:
    cells: dict[tuple[str, str], Estimate] = {}
    sizes: Counter[str] = Counter()
    order: dict[str, None] = {}
    for one in lines:
        for part in one.slices:
            if part.by == by:
                cells[one.annotator, part.name] = part.accuracy
                sizes[part.name] = max(sizes[part.name], part.accuracy.n)
                order.setdefault(part.name)
    if not order:
        return None
    names = list(order) if by == "benchmark" else [name for name, _ in sizes.most_common()]
    largest = names[:_MOST_PANELS] if by != "benchmark" else names[-_MOST_PANELS - 1 :]
    columns = [Panel(_clipped(name), _picker(by, name), chance) for name in largest]
    return {
        "by": by,
        "heading": heading,
        "names": names,
        "sizes": sizes,
        "cells": cells,
        "plot": Markup(forest(f"by-{by}", lines[:_MOST_DRAWN], columns, is_one_scale=True)),
        "n_drawn": len(largest),
    }


def _picker(by: SliceKind, name: str) -> Pick:
    def pick(one: JudgeFigures) -> Estimate | None:
        return next((p.accuracy for p in one.slices if p.by == by and p.name == name), None)

    return pick


def _clipped(name: str) -> str:
    return name if len(name) <= 26 else f"…{name[-25:]}"


def _reliability(lines: Sequence[JudgeFigures]) -> list[tuple[str, Calibration, Markup]]:
    stated = [(words.title(one), one.calibration) for one in lines]
    found = [(name, c) for name, c in stated if c is not None and c.error is not None]
    found = (
        [*found[: _MOST_RELIABILITY - 1], *found[-1:]] if len(found) > _MOST_RELIABILITY else found
    )
    return [
        (name, calibration, Markup(reliability(f"reliability-{i}", calibration)))
        for i, (name, calibration) in enumerate(found)
    ]
