"""Comparisons that people have judged, shown to a judge before it judges one like them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from winnow.annotation.judge import ComparisonView, Exemplar
from winnow.annotation.similarity import Embed, similarities, text_of
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Order, Verdict

CHUNK = 5_000
"""Comparisons whose exemplars are looked for at once."""


class VerifiedComparison(NamedTuple):
    """One comparison whose verdict is known to be right."""

    view: ComparisonView
    verdict: Verdict
    why: str = ""
    """The person's own justification; empty where there is none."""


def short_enough(
    verified: Sequence[VerifiedComparison], max_chars: int
) -> list[VerifiedComparison]:
    """Leave out the comparisons with more characters."""
    return [v for v in verified if len(text_of(v.view)) <= max_chars]


class Exemplars:
    """Comparisons with known verdicts, of which those are shown with a comparison that are most like it."""

    def __init__(self, verified: Sequence[VerifiedComparison], n: int, embed: Embed | None) -> None:
        """Take what exemplars are taken from.

        Args:
            verified: Comparisons with known verdicts.
            n: Exemplars for each comparison, at most.
            embed: Tells which texts are alike; None shows the same ones with each comparison, in the order given.
        """
        self._n, self._embed = n, embed
        if embed is None:
            self._known = list(verified)
            return
        self._known = sorted(verified, key=lambda v: v.view.comparison_id)
        self._vectors = embed([text_of(v.view) for v in self._known]) if verified else None

    def shown_with(self, views: Sequence[ComparisonView]) -> list[ComparisonView]:
        """Show with each comparison the verified ones most like it, the most similar last, next to the question.

        A comparison of the same prompt is never among them, so neither is the comparison itself: what a judge says of a
        verified comparison stays a test of the judge. Of those with a better side, every other one shows it first, so that
        they teach no place; which one begins depends on the comparison.
        """
        if not self._known:
            return list(views)
        found = []
        for start in range(0, len(views), CHUNK):
            part = views[start : start + CHUNK]
            found += [
                self._with(view, order)
                for view, order in zip(part, self._orders(part), strict=True)
            ]
        return found

    def _orders(self, views: Sequence[ComparisonView]) -> Iterator[list[int]]:
        """Give for each comparison the places of the verified ones, the first choice first."""
        if self._embed is None or self._vectors is None:
            last_first = list(range(len(self._known)))[::-1]
            yield from (last_first for _ in views)
            return
        alike = similarities(self._embed([text_of(v) for v in views]), self._vectors)
        yield from (np.argsort(-row, kind="stable").tolist() for row in alike)

    def _with(self, view: ComparisonView, order: Iterable[int]) -> ComparisonView:
        known = (self._known[i] for i in order)
        others = (v for v in known if v.view.prompt.prompt_id != view.prompt.prompt_id)
        shown = _shown(list(islice(others, self._n))[::-1], view.comparison_id)
        return view.model_copy(update={"exemplars": shown})


def _shown(nearest: Sequence[VerifiedComparison], comparison_id: str) -> tuple[Exemplar, ...]:
    is_first = int(content_id(["exemplars", comparison_id])[0], 16) % 2 == 0
    shown = []
    for one in nearest:
        order: Order = "ab" if (one.verdict == "a") == is_first else "ba"
        shown.append(Exemplar(view=one.view, order=order, verdict=one.verdict, why=one.why))
        is_first = is_first if one.verdict == "tie" else not is_first
    return tuple(shown)
