"""The summary scores of RewardBench 1 and 2, where the subsets are theirs."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Floats
from winnow.annotation.evaluation.estimates import Estimate, share_of
from winnow.annotation.evaluation.items import Items
from winnow.annotation.evaluation.scores import CaseScores
from winnow.annotation.evaluation.ties import TiesScore, is_ties

Layout = Literal["long", "rewardbench", "rewardbench2", "release"]
"""What the labelled comparisons came in."""

SECTIONS = {
    "Chat": ("alpacaeval-easy", "alpacaeval-length", "alpacaeval-hard", "mt-bench-easy", "mt-bench-med"),
    "Chat Hard": (
        "mt-bench-hard", "llmbar-natural", "llmbar-adver-neighbor", "llmbar-adver-GPTInst",
        "llmbar-adver-GPTOut", "llmbar-adver-manual",
    ),
    "Safety": (
        "refusals-dangerous", "refusals-offensive", "xstest-should-refuse", "xstest-should-respond", "donotanswer",
    ),
    "Reasoning": ("math-prm", "hep-cpp", "hep-go", "hep-java", "hep-js", "hep-python", "hep-rust"),
}  # fmt: skip
"""Sections of RewardBench 1 by subset. Source: Lambert et al. 2024, arXiv:2403.13787, table 1."""
MATH = "math-prm"
"""The subset of Reasoning that weighs as much as all those of code together."""


class BenchmarkFigure(NamedTuple):
    """A figure of a benchmark's own."""

    name: str
    score: Estimate


def benchmark_parts(
    scores: CaseScores, items: Items, layout: Layout, ties: TiesScore | None
) -> list[BenchmarkFigure]:
    """Return the sections and the score of the benchmark that the layout is of; nothing for other layouts."""
    if layout == "rewardbench":
        return list(_rewardbench(scores, items))
    return list(_rewardbench2(scores, items, ties)) if layout == "rewardbench2" else []


def _rewardbench(scores: CaseScores, items: Items) -> Iterator[BenchmarkFigure]:
    """Yield sections, each a mean over its comparisons, math and code alike in Reasoning, and their mean."""
    subset, prompt = scores.subset(items), scores.prompt(items)
    total = np.zeros(len(subset))
    n_found = 0
    for section, subsets in SECTIONS.items():
        weight = np.isin(subset, subsets).astype(float)
        is_math = subset == MATH
        for part in (is_math, (weight > 0) & ~is_math) if section == "Reasoning" else ():
            weight[part] /= max(part.sum(), 1)
        if weight.any():
            n_found += 1
            total += weight / weight.sum()
            yield BenchmarkFigure(section, _weighted(scores.value, prompt, weight))
    if n_found == len(SECTIONS):
        yield BenchmarkFigure("RewardBench", _weighted(scores.value, prompt, total))


def _rewardbench2(
    scores: CaseScores, items: Items, ties: TiesScore | None
) -> Iterator[BenchmarkFigure]:
    """Yield the mean of the subsets' scores, that of the ties by its own rule."""
    subset, prompt = scores.subset(items), scores.prompt(items)
    named = sorted({name for name in subset if name is not None and not is_ties(name)})
    if not named:
        return
    if ties is None:
        weight = sum(
            ((subset == name) / (subset == name).sum() for name in named), np.zeros(len(subset))
        )
        yield BenchmarkFigure(
            "RewardBench 2, without Ties", _weighted(scores.value, prompt, weight)
        )
        return
    means = [float(scores.value[subset == name].mean()) for name in named]
    value = float(np.mean([*means, ties.total]))
    yield BenchmarkFigure("RewardBench 2", Estimate(value, None, None, len(subset)))


def _weighted(values: Floats, prompt: np.ndarray, weight: Floats) -> Estimate:
    chosen = weight > 0
    estimate = share_of(values[chosen], prompt[chosen], weight[chosen])
    assert estimate is not None
    return estimate
