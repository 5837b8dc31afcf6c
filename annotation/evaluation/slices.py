"""Accuracy on parts of the comparisons."""

from collections.abc import Iterator

import numpy as np

from winnow.annotation.evaluation.benchmarks import Layout, benchmark_parts
from winnow.annotation.evaluation.estimates import Estimate, share_of
from winnow.annotation.evaluation.figures import Slice, SliceKind
from winnow.annotation.evaluation.items import Items, Names
from winnow.annotation.evaluation.scores import CaseScores
from winnow.annotation.evaluation.ties import TiesScore, is_ties


def slice_scores(
    scores: CaseScores, items: Items, layout: Layout, ties: TiesScore | None
) -> tuple[Slice, ...]:
    """Cut the scores of one judge by subset and language, by length, and as the benchmark does.

    A single name adds nothing to the whole, and is left out.
    """
    return tuple(_slices(scores, items, layout, ties))


def _slices(
    scores: CaseScores, items: Items, layout: Layout, ties: TiesScore | None
) -> Iterator[Slice]:
    for part in benchmark_parts(scores, items, layout, ties):
        yield Slice("benchmark", part.name, part.score)
    for found in _by_name("subset", scores.subset(items), scores, items):
        if ties is not None and layout == "rewardbench2" and is_ties(found.name):
            found = found._replace(accuracy=Estimate(ties.total, None, None, found.accuracy.n))
        yield found
    yield from _by_name("language", items.language[scores.item], scores, items)
    if not items.has_cases:
        better = items.sign[scores.item] * items.longer[scores.item]
        named = np.full(len(better), None, object)
        named[better == 1], named[better == -1] = "the longer is right", "the shorter is right"
        yield from _by_name("length", named, scores, items)


def _by_name(by: SliceKind, names: Names, scores: CaseScores, items: Items) -> Iterator[Slice]:
    known = sorted({name for name in names if name is not None})
    prompt = scores.prompt(items)
    for name in known if len(known) > 1 else ():
        chosen = names == name
        accuracy = share_of(scores.value[chosen], prompt[chosen])
        assert accuracy is not None
        yield Slice(by, name, accuracy)
