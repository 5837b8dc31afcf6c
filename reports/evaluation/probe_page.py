"""One HTML page that shows what probes found and needs nothing else."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from markupsafe import Markup

from winnow.annotation.evaluation.probing import ProbeEffect
from winnow.pipelines.evaluating.probing import ProbeExample
from winnow.reports.drawing import BLUE, INK, LINE, ORANGE, panels
from winnow.reports.evaluation import words
from winnow.reports.evaluation.probe_words import COUNTED, probe_sentences
from winnow.reports.pages import page_environment, source

_TEMPLATE = "probes.html.j2"
_MOST_DRAWN = 12


def render_probes(
    effects: Sequence[ProbeEffect],
    examples: Sequence[ProbeExample],
    *,
    title: str,
    facts: dict[str, str],
) -> str:
    """Return the page as HTML: no script, no network, light, dark and on paper.

    Args:
        effects: What was measured, the probes of one annotator one after the other.
        examples: Comparisons whose verdict moved to the altered side.
        title: What was probed on, such as the name of the file.
        facts: What else to say of where the figures come from, by name.
    """
    sources = {name: source(name) for name in ("macros.html.j2", "page.css")} | {
        _TEMPLATE: source(_TEMPLATE, "winnow.reports.evaluation")
    }
    environment = page_environment(sources)
    for written in (words.interval, words.points):
        environment.filters[written.__name__] = written
    by_annotator = [
        (name, list(group)) for name, group in groupby(effects, lambda one: one.annotator)
    ]
    return environment.get_template(_TEMPLATE).render(
        title=title,
        facts=facts,
        effects=effects,
        counted_how=COUNTED,
        summary=probe_sentences(effects),
        plots=[
            (name, Markup(_plot(f"probes-{i}", group)))
            for i, (name, group) in enumerate(by_annotator[:_MOST_DRAWN])
        ],
        n_left_out=max(0, len(by_annotator) - _MOST_DRAWN),
        examples=[_shown(one) for one in examples],
        css=Markup(source("page.css")),
    )


def _plot(name: str, effects: Sequence[ProbeEffect]) -> str:
    drawn = [one for one in effects if one.effect is not None]
    with panels(name, 1, (7.2, 0.8 + 0.3 * max(len(drawn), 1))) as ((axes,), finish):
        axes.grid(visible=False, axis="y")
        axes.grid(visible=True, axis="x", color=LINE, alpha=0.35, lw=0.6)
        axes.axvline(0, color=INK, lw=0.8, ls=(0, (3, 3)))
        for place, one in enumerate(drawn):
            found, color = one.effect, ORANGE if one.is_bias else BLUE
            assert found is not None and found.low is not None and found.high is not None
            axes.plot([found.low, found.high], [place, place], color=color, lw=2.2, alpha=0.45)
            axes.plot([found.value], [place], "D" if one.is_bias else "o", color=color, ms=5)
        axes.set_yticks(range(len(drawn)), [one.probe for one in drawn])
        axes.set_ylim(len(drawn) - 0.4, -0.6)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value * 100:+.0f}")
        axes.set_xlabel("points towards the altered side")
    return finish()


def _shown(example: ProbeExample) -> dict[str, Any]:
    side = example.item.side
    before, after = getattr(example.view, side), getattr(example.altered, side)
    other = getattr(example.view, "b" if side == "a" else "a")
    is_prompt = example.altered.prompt != example.view.prompt
    asked, its = example.view.prompt, example.altered.prompt
    return {
        "annotator": example.annotator,
        "probe": example.probe,
        "prompt": asked.messages[-1].text() if asked.messages else "",
        "before": asked.messages[-1].text() if is_prompt else before.words(),
        "after": its.messages[-1].text() if is_prompt else after.words(),
        "what": "prompt" if is_prompt else "response",
        "other": other.words(),
        "was": example.item.before,
        "is_now": example.item.after,
    }
