"""Held-out comparisons with their labels, and what judges said of them, as arrays."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Bools, Floats, Ints


class Trials(NamedTuple):
    """The held-out comparisons of a rubric, each with a label that prefers one response."""

    sign: Floats
    """Shape (n,): 1 where the label prefers a, -1 where b."""

    cluster: Ints
    """Shape (n,): number of what errs together, from 0; prompts that are near to each other, or for a rubric of
    one prompt the comparisons that share a response, or nearly, themselves or through others."""

    response: Ints
    """Shape (n, 2): numbers of the responses a and b, the same number for the same response."""

    length: Floats
    """Shape (n, 2): characters of a and b; NaN where nobody knows."""

    @property
    def n(self) -> int:
        """How many comparisons there are."""
        return len(self.sign)

    def some(self, which: Bools) -> "Trials":
        """Return some of the comparisons."""
        return Trials(
            self.sign[which], self.cluster[which], self.response[which], self.length[which]
        )

    @property
    def places(self) -> Ints:
        """Where each distinct response stands first in `response` laid flat; shape (n_responses,)."""
        return np.unique(self.response, return_index=True)[1]


class Criteria(NamedTuple):
    """What the figures need to know of the criteria of one rubric."""

    weight: Floats
    """Shape (n_criteria,): how much each counts, not negative."""

    is_pitfall: Bools
    """Shape (n_criteria,): whether meeting it speaks against a response."""

    @property
    def sign(self) -> Floats:
        """1, or -1 of a pitfall; shape (n_criteria,)."""
        return np.where(self.is_pitfall, -1.0, 1.0)

    @property
    def signed(self) -> Floats:
        """The weights, below 0 of pitfalls; shape (n_criteria,)."""
        return self.weight * self.sign


AB, BA, NO_ORDER = range(3)
"""Places of the orders in arrays of votes."""


def leans(votes: Floats) -> Floats:
    """Return how far judges lean to a: the mean over both orders, so that one that picks a place leans nowhere.

    Args:
        votes: Shape (..., n, 3), mean vote of the samples in the orders "ab", "ba" and without an order: 1 for a, -1 for b, 0
            for a tie, NaN where nothing was heard.

    Returns:
        Shape (..., n); NaN where nothing was heard, or only one of the two orders.
    """
    both = (votes[..., AB] + votes[..., BA]) / 2
    return np.where(np.isnan(votes[..., NO_ORDER]), both, votes[..., NO_ORDER])


def majority(met: Floats, weight: Floats) -> Floats:
    """Return what judges find together, by weighed majority.

    Args:
        met: Shape (n_judges, ...), share of each judge's samples in which a criterion was met; NaN where it could not say.
        weight: Weight of each judge, broadcasting with `met`; not negative.

    Returns:
        Shape (...): 1 met, 0 not met, NaN where nobody could say, or as many said one as the other.
    """
    said = np.where(np.isnan(met), np.nan, np.sign(np.nan_to_num(met) - 0.5))
    total = np.nansum(said * weight, axis=0)
    return np.where(np.abs(total) < 1e-9, np.nan, (total > 0).astype(np.float64))


def over_responses(met: Floats, trials: Trials) -> Floats:
    """Return what is said of each distinct response; shape (..., n, 2) becomes (..., n_responses)."""
    return met.reshape(*met.shape[:-2], 2 * trials.n)[..., trials.places]
