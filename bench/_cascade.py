"""Cascades of recorded judges: who is asked, who decides, and what that loses."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from winnow.annotation.aggregation import aggregate
from winnow.annotation.aggregation.folds import folds_of, gold_folds

Floats = NDArray[np.float64]
_VALUES = {"a": 0.0, "tie": 0.5, "b": 1.0}


class Answers(NamedTuple):
    """What one annotator, or several together, make of each item; arrays of shape (n_items,)."""

    towards_b: Floats
    """Probability that b is better, from 0 to 1."""

    @property
    def confidence(self) -> Floats:
        """Probability of the side that is favoured, from 0.5."""
        found: Floats = np.maximum(self.towards_b, 1 - self.towards_b)
        return found

    def right(self, is_b: NDArray[np.bool_]) -> Floats:
        """Return 1 where the favoured side is right, 0 where it is wrong, a half where none is favoured."""
        found: Floats = np.where(
            self.towards_b == 0.5, 0.5, ((self.towards_b > 0.5) == is_b).astype(float)
        )
        return found


class Point(NamedTuple):
    """A cascade at one share of the items."""

    share: float
    """Share of the items that the expensive judge was asked about."""

    accuracy: float
    """How much of all is right."""

    loss: float
    """Accuracy minus that of asking the expensive judge always."""

    low: float
    """Lower end of the 95 % interval of the loss, items resampled."""

    high: float
    """Upper end."""


def of_one(judgments: pa.Table, annotator: str, items: Sequence[str]) -> Answers:
    """Return the mean over the orders of what one judge said; an unreadable reply is a half."""
    own = judgments.filter(pc.equal(judgments["annotator"], annotator))
    said: dict[str, list[float]] = {}
    for item, verdict in zip(own["item_id"].to_pylist(), own["verdict"].to_pylist(), strict=True):
        said.setdefault(item, []).append(_VALUES.get(verdict, 0.5))
    return Answers(np.array([np.mean(said.get(item, [0.5])) for item in items]))


def of_several(
    judgments: pa.Table, annotators: Collection[str], items: Sequence[str], gold: pa.Table
) -> Answers:
    """Return the labels of several judges, each item's computed without the gold of its fold."""
    is_own = pc.is_in(judgments["annotator"], pa.array(sorted(annotators)))
    own, found = judgments.filter(is_own), dict[str, float]()
    for fold in gold_folds(gold):
        labels = aggregate(own, fold.rest).labels
        columns = (labels[name].to_pylist() for name in ("item_id", "p_b", "p_tie"))
        for item, p_b, p_tie in zip(*columns, strict=True):
            if item in fold.held:
                found[item] = p_b + p_tie / 2
    return Answers(np.array([found.get(item, 0.5) for item in items]))


def asked_at(confidence: Floats, items: Sequence[str], share: float) -> NDArray[np.bool_]:
    """Choose whom to ask about: in each fold those below the confidence that the other folds have below it in that share."""
    asked = np.zeros(len(items), bool)
    place = {item: i for i, item in enumerate(items)}
    for held in folds_of(items):
        here = np.zeros(len(items), bool)
        here[[place[item] for item in held]] = True
        threshold = np.quantile(confidence[~here], share)
        is_below = confidence < threshold if share < 1 else np.ones(len(items), bool)
        asked |= here & is_below
    return asked


def cascade(cheap: Answers, expensive: Answers, asked: NDArray[np.bool_]) -> Answers:
    """Let the expensive judge decide where it was asked and is not torn itself, the cheap one elsewhere."""
    decides = asked & (expensive.towards_b != 0.5)
    return Answers(np.where(decides, expensive.towards_b, cheap.towards_b))


def curve(
    cheap: Answers,
    expensive: Answers,
    items: Sequence[str],
    is_b: NDArray[np.bool_],
    shares: Sequence[float],
    *,
    seed: int = 0,
    n_draws: int = 2000,
    choose: Callable[[Floats, Sequence[str], float], NDArray[np.bool_]] = asked_at,
) -> list[Point]:
    """Measure a cascade at several shares, against asking the expensive judge always."""
    always = expensive.right(is_b)
    rows = np.random.default_rng(seed).integers(0, len(items), (n_draws, len(items)))
    points = []
    for share in shares:
        asked = choose(cheap.confidence, items, share)
        right = cascade(cheap, expensive, asked).right(is_b)
        difference = right - always
        low, high = np.quantile(difference[rows].mean(axis=1), [0.025, 0.975])
        points.append(
            Point(
                float(asked.mean()),
                float(right.mean()),
                float(difference.mean()),
                float(low),
                float(high),
            )
        )
    return points
