"""How often each annotator is right, given what the items are believed to be."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.opinions import Opinions
from winnow.annotation.aggregation.sums import count_by, sum_by
from winnow.annotation.aggregation.votes import Floats
from winnow.schemas.labels import MAX_WEIGHT

PRIOR_COUNT = 1.0
"""Right and wrong verdicts, each, that every annotator is credited with beforehand."""


class Hits(NamedTuple):
    """Expected decisive opinions by outcome, shape (n_annotators,) each."""

    right: Floats
    """Opinions for the better response."""

    wrong: Floats
    """Opinions for the worse response."""

    @property
    def accuracy(self) -> Floats:
        """Posterior mean of the probability that a decisive opinion is right."""
        return (self.right + PRIOR_COUNT) / (self.right + self.wrong + 2 * PRIOR_COUNT)

    @property
    def log_odds(self) -> Floats:
        """Log-odds of `accuracy`, in nats."""
        odds: Floats = (self.right + PRIOR_COUNT) / (self.wrong + PRIOR_COUNT)
        return np.log(odds)


def count_hits(probabilities: Floats, opinions: Opinions) -> Hits:
    """Count right and wrong opinions; of one that flips with the order, half is right and half is wrong.

    Args:
        probabilities: Shape (n_items, 3), the class probabilities of the items; ties count for neither side.
        opinions: Whose.
    """
    p_a, p_b = probabilities[opinions.item, 0], probabilities[opinions.item, 1]
    decisive = 1.0 - opinions.tie
    for_a, for_b = (decisive + opinions.lean) / 2, (decisive - opinions.lean) / 2

    def total(amount: Floats) -> Floats:
        return sum_by(opinions.annotator, amount, opinions.n_annotators)

    return Hits(total(for_a * p_a + for_b * p_b), total(for_a * p_b + for_b * p_a))


def bounded_weights(weight: Floats, opinions: Opinions) -> Floats:
    """Keep weights within `MAX_WEIGHT`, and give none to an annotator without a readable verdict.

    A method that weighs annotators against each other may let one grow without bound of whom it has seen next to
    nothing, beside others that contradict themselves.

    Args:
        weight: Shape (n_annotators,), in nats.
        opinions: Whose.
    """
    is_read = count_by(opinions.annotator, opinions.n_annotators) > 0
    return np.where(is_read, np.clip(weight, -MAX_WEIGHT, MAX_WEIGHT), 0.0)


def implied_weights(probabilities: Floats, opinions: Opinions) -> Floats:
    """Return each annotator the log-odds of its expected accuracy, in nats; shape (n_annotators,)."""
    return count_hits(probabilities, opinions).log_odds
