"""Accuracy of a cascade on recorded judgments, against the share of comparisons that go to the expensive judge.

usage: python -m bench.cascade [--plot docs/cascade.svg]

Reads the development set llmbar of ../shared/data (or of $WINNOW_SHARED/data). The expensive judge is GPT-4/Vanilla, asked in both
orders; the cheap ones are one PaLM2 judge, its four ways to ask taken together, and all judges but those of GPT-4 together. Labels
of several judges are computed without the gold of their fold, and so are the thresholds: in each of five folds those are asked about
whose confidence is below that which leaves the wanted share of the other folds below it. Which curve and which share are best is
picked on the same comparisons that it is measured on, which flatters both.
"""

import argparse
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from bench._cascade import Answers, Point, curve, of_one, of_several
from bench._history import keep
from bench.labels import shared_folder

EXPENSIVE, CHEAP, FAMILY = "GPT-4/Vanilla", "PaLM2/Vanilla", "PaLM2/"
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
HALF = 0.5
GOAL = -0.01


def main() -> None:
    """Print the curves, and draw them where a file is named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--plot", type=Path, help="SVG file to draw the curves into")
    options = parser.parse_args()
    folder = shared_folder() / "data" / "llmbar"
    judgments = pq.read_table(folder / "judgments.parquet")
    gold = pq.read_table(folder / "gold.parquet")
    verdicts = dict(zip(gold["item_id"].to_pylist(), gold["verdict"].to_pylist(), strict=True))
    items = sorted(item for item, verdict in verdicts.items() if verdict != "tie")
    is_b = np.array([verdicts[item] == "b" for item in items])
    names = set(judgments["annotator"].to_pylist())
    family = {name for name in names if name.startswith(FAMILY)}
    others = {name for name in names if not name.startswith("GPT-4/")}
    cheap: dict[str, Answers] = {
        f"{CHEAP} alone": of_one(judgments, CHEAP, items),
        f"{FAMILY[:-1]}, {len(family)} ways to ask": of_several(judgments, family, items, gold),
        f"all {len(others)} judges but GPT-4": of_several(judgments, others, items, gold),
    }
    expensive = of_one(judgments, EXPENSIVE, items)
    always = float(expensive.right(is_b).mean())
    print(f"{len(items)} comparisons; {EXPENSIVE} always: {always:.1%}")
    curves = {name: curve(one, expensive, items, is_b, SHARES) for name, one in cheap.items()}
    for name, points in curves.items():
        _print(name, points)
    best = {name: _at_most(points, HALF) for name, points in curves.items()}
    name, point = max(best.items(), key=lambda one: one[1].loss)
    verdict = "keeps" if point.loss > GOAL else "misses"
    print(
        f"at half the cost at most: {name} asks about {point.share:.0%}, loses {-100 * point.loss:.1f} points "
        f"({100 * point.low:+.1f} to {100 * point.high:+.1f}); {verdict} the goal of less than 1; curve and share were "
        "picked on these very comparisons, which flatters them"
    )
    keep("cascade at half the cost over the expensive judge always, accuracy", point.accuracy / always, at_least=1 + GOAL / always)  # fmt: skip
    if options.plot:
        options.plot.write_text(draw(curves, always), encoding="utf-8")


def _print(name: str, points: list[Point]) -> None:
    print(f"\n{name}\n  asked  right  loss, points")
    for one in points:
        print(
            f"  {one.share:5.0%}  {one.accuracy:.1%}  {100 * one.loss:+5.1f} ({100 * one.low:+.1f} to {100 * one.high:+.1f})"
        )


def _at_most(points: list[Point], share: float) -> Point:
    """Return the most accurate point that asks about no more than a share, some chance above it allowed for."""
    return max((one for one in points if one.share <= share + 0.01), key=lambda one: one.accuracy)


def draw(curves: dict[str, list[Point]], always: float) -> str:
    """Draw accuracy against the share of the expensive judge, each curve with its interval."""
    from docs.speed_plot import stand_alone
    from winnow.reports.drawing import BLUE, INK, ORANGE, legend, panels

    with panels("cascade", 1, (7.0, 3.6)) as ((axes,), finish):
        axes.axhline(always, color=INK, lw=0.8, ls=(0, (3, 3)))
        for (name, points), color, style in zip(
            curves.items(), (INK, BLUE, ORANGE), ("s", "o", "D"), strict=True
        ):
            x = [one.share for one in points]
            low, high = ([always + getattr(one, end) for one in points] for end in ("low", "high"))
            axes.plot(
                x, [one.accuracy for one in points], f"{style}-", color=color, ms=4, label=name
            )
            axes.fill_between(x, low, high, color=color, alpha=0.12, lw=0)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.set_xlabel(f"comparisons that {EXPENSIVE} is asked about")
        axes.set_ylabel("right")
        legend(axes)
    return stand_alone(finish())


if __name__ == "__main__":
    main()
