"""Which labels stay, which are turned round, and which have to wait."""

from typing import Literal, NamedTuple

import numpy as np

from winnow.annotation.aggregation.gold import UNKNOWN
from winnow.annotation.aggregation.votes import Bools, Floats, Ints
from winnow.annotation.rounds.label_state import LabelState

Decision = Literal["keep", "flip", "discard"]
DECISIONS: tuple[Decision, ...] = ("keep", "flip", "discard")
"""In the order of the codes in `Decided.decision`."""
KEEP, FLIP, DISCARD = range(3)


class Decided(NamedTuple):
    """What becomes of each item; arrays of shape (n_items,)."""

    decision: Ints
    """Index into `DECISIONS`."""

    label: Ints
    """Index into `CLASSES`; that of a discarded item is published by nobody."""

    by_model: Ints
    """What the decision is without what people said of the item itself."""

    @property
    def is_out(self) -> Bools:
        """Whether the item comes out with a label: kept or flipped."""
        return self.decision != DISCARD


def decide(state: LabelState, *, strong_from: float) -> Decided:
    """Keep what the model supports, flip what it contradicts strongly, let the rest wait for a later round.

    A label that the item came with is kept where the model finds the same likeliest. Where it does not, the model's own
    verdict takes its place if that is at least `strong_from` probable; else the item is discarded, and may come back
    when more is known. An item that came with none needs strong evidence too. Where what people said is the label itself,
    that settles it.

    Args:
        state: Where the labels stand.
        strong_from: Probability from which evidence is strong, more than 0.5.
    """
    by_model = _by_model(state.probabilities, state.claim, strong_from)
    is_settled = state.is_settled
    agrees = (state.claim == state.verdict) | (state.claim == UNKNOWN)
    settled = np.where(agrees, KEEP, FLIP)
    return Decided(
        decision=np.where(is_settled, settled, by_model),
        label=np.where(is_settled, state.verdict, state.likeliest),
        by_model=by_model,
    )


def _by_model(probabilities: Floats, claim: Ints, strong_from: float) -> Ints:
    likeliest = probabilities.argmax(axis=1)
    is_strong = probabilities.max(axis=1) >= strong_from
    decision = np.where(is_strong, np.where(claim == UNKNOWN, KEEP, FLIP), DISCARD)
    return np.where(likeliest == claim, KEEP, decision)
