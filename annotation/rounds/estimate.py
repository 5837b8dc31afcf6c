"""How good the labels are that came out, estimated without flattery."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.rounds.deciding import DECISIONS, DISCARD, Decided
from winnow.annotation.rounds.label_state import LabelState
from winnow.schemas.measures.shares import exact


class SampledShare(NamedTuple):
    """A share counted on a sample, with an interval; without a sample nothing is known: 0 to 1."""

    n_right: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """The share; None without a sample."""
        return self.n_right / self.n if self.n else None


class Figures(NamedTuple):
    """What a round ended with."""

    n_items: int
    n_verified: int
    """Items that people judged, or whose gold was given."""

    n_keep: int
    n_flip: int
    n_discard: int

    audited: SampledShare
    """Accuracy of the labels that came out and are the model's own."""

    accuracy: float | None
    """Accuracy of all labels that came out, those of people taken as right; None where it is unknown."""

    low: float
    high: float
    """Ends of its interval."""

    @property
    def coverage(self) -> float:
        """Share of the items that came out with a label."""
        return (self.n_keep + self.n_flip) / self.n_items if self.n_items else 0.0


def figures(state: LabelState, decided: Decided, *, confidence: float = 0.95) -> Figures:
    """Count decisions and estimate the accuracy of the labels that come out.

    Verdicts on doubtful items say nothing about the others, so that only items drawn at random count, and of these only
    the ones that were never wanted for their doubtfulness: they are a fair sample of the items that were left to the
    model. Each is labelled without its own verdict, and counts if that label would have come out. A label is right if
    it is what people said, ties included.

    Args:
        state: Where the labels stand.
        decided: What became of them.
        confidence: Of the interval.
    """
    sample = state.is_verified & state.is_audit & ~state.is_chosen
    sample &= decided.by_model != DISCARD
    audited = share(int((sample & ~state.is_wrong).sum()), int(sample.sum()), confidence)
    n_out = int(decided.is_out.sum())
    n_seen = int((decided.is_out & state.is_settled).sum())

    def of_all(part: float) -> float:
        return (n_seen + part * (n_out - n_seen)) / n_out if n_out else 0.0

    is_known = audited.value is not None or (n_out == n_seen and n_out > 0)
    counts = np.bincount(decided.decision, minlength=len(DECISIONS)).tolist()
    return Figures(
        len(state.items),
        int(state.is_verified.sum()),
        *counts,
        audited=audited,
        accuracy=of_all(audited.value or 0.0) if is_known else None,
        low=of_all(audited.low),
        high=of_all(audited.high),
    )


def share(n_right: int, n: int, confidence: float) -> SampledShare:
    """Return a share with its exact interval."""
    return SampledShare(n_right, n, *exact(n_right, n, confidence))
