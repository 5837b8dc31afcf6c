"""Labels by counting: sum of votes, and majority."""

import numpy as np

from winnow.annotation.aggregation.gold import GoldVerdicts
from winnow.annotation.aggregation.opinions import Opinions
from winnow.annotation.aggregation.posterior import Posterior
from winnow.annotation.aggregation.votes import Floats, Votes

EVEN = np.array([1.0, 1.0, 1.0]) / 3


def sum_of_votes(votes: Votes, opinions: Opinions, gold: GoldVerdicts) -> Posterior:
    """Return each verdict its share of the votes; an item without votes gets a third each. Gold is not used."""
    share = opinion_shares(opinions)
    return Posterior(share, np.ones(opinions.n_annotators))


def majority(votes: Votes, opinions: Opinions, gold: GoldVerdicts) -> Posterior:
    """Return the verdict with most votes probability 1; verdicts that tie share it. Gold is not used."""
    share = opinion_shares(opinions)
    is_top = share >= share.max(axis=1, keepdims=True) - 1e-12
    return Posterior(is_top / is_top.sum(axis=1, keepdims=True), np.ones(opinions.n_annotators))


def opinion_shares(opinions: Opinions) -> Floats:
    """Count the shares of a, b and tie among the opinions on each item; shape (n_items, 3)."""
    decisive = 1.0 - opinions.tie
    count = np.stack(
        [
            np.bincount(opinions.item, weights, opinions.n_items)
            for weights in (
                (decisive + opinions.lean) / 2,
                (decisive - opinions.lean) / 2,
                opinions.tie,
            )
        ],
        axis=1,
    )
    total = count.sum(axis=1, keepdims=True)
    return np.where(total > 0, count / np.maximum(total, 1e-12), EVEN)
