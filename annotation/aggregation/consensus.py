"""What the annotators' agreement with each other says about the items, before any gold."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.latent import BiasPrior, Trait, fit_trait, locate_each
from winnow.annotation.aggregation.patterns import Patterns, find_patterns
from winnow.annotation.aggregation.verdicts import Verdicts
from winnow.annotation.aggregation.votes import Floats

RATIOS = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
"""How clearly the items may lie on one side or the other. However many annotators agree, at most this share of the items
is labelled right: .69, .76, .84, .92, .98, .997 and all."""
TYPICAL_RATIO, RATIO_SPREAD = 1.4, 0.5
"""Centre and log standard deviation of the prior over `RATIOS`: annotators that all agree are wrong about one item in
twelve, as likely as not between one in forty and one in five."""
MIN_SHARE = 0.01
"""Ratios less probable than this are left out."""
DOUBT = 0.03
"""Least probability left to either side: however clear the agreement, the model of it, or gold, may be wrong."""
MAX_SAMPLE = 20_000
"""Items by which the ratios are weighed; where there are more, as many drawn at random."""


class Consensus(NamedTuple):
    """Latent traits under the ratios that the verdicts bear out."""

    patterns: Patterns
    traits: tuple[Trait, ...]
    shares: Floats
    """Shape (n_traits,): posterior probability of each."""

    @property
    def slope(self) -> Floats:
        """Posterior mean of the slopes, shape (n_raters,)."""
        return np.asarray(self.shares @ np.array([trait.slope for trait in self.traits]))

    @property
    def ratio(self) -> float:
        """Posterior geometric mean of the ratio."""
        return float(np.exp(self.shares @ np.log([trait.ratio for trait in self.traits])))

    @property
    def tilt(self) -> float:
        """Posterior mean of the log-odds of a over b before any verdict."""
        return float(self.shares @ np.array([trait.tilt for trait in self.traits]))

    def log_odds(self, exponent: Floats) -> Floats:
        """Return the log-odds of a over b of each item, the tilt left out; shape (n_items,).

        Args:
            exponent: Shape (n_raters,), weight of each rater's log-likelihood.
        """
        verdicts, of_item = self.patterns.verdicts, self.patterns.of_item
        p = np.zeros(verdicts.total.shape[0])
        for trait, share in zip(self.traits, self.shares, strict=True):
            for rows, q, _ in locate_each(verdicts, trait, exponent):
                p[rows] += share * (q @ trait.p_a)
        p = DOUBT + (1 - 2 * DOUBT) * p
        return np.asarray(np.log(p) - np.log1p(-p) - self.tilt)[of_item]


def fit_consensus(verdicts: Verdicts, relative: Floats, bias: BiasPrior) -> Consensus:
    """Fit the latent-trait model (`latent.fit_trait`) under each ratio, and weigh the ratios by their evidence.

    The ratio says how much of the agreement is due to the truth. Where annotators err independently of each other, the
    items fall into two clear heaps; where items are hard or misleading for all alike, the heaps run into one another.
    The sign is that of the majority by weight: nothing here can tell a wrong majority from a right one.

    Args:
        verdicts: Of the raters on the items.
        relative: Shape (n_raters,), mean 1: how strongly each rater is expected to follow the truth.
        bias: What is expected of the position biases.
    """
    n = verdicts.total.shape[0]
    is_large = n > MAX_SAMPLE
    # Sums by pattern differ from those by item in their last bits: what fits into the sample keeps every digit that it had.
    patterns = find_patterns(verdicts) if is_large else Patterns(verdicts, np.arange(n))
    drawn = np.random.default_rng(0).choice(n, MAX_SAMPLE, replace=False) if is_large else None
    sample = patterns if drawn is None else patterns.of_items(np.sort(drawn))
    trait = Trait(RATIOS[0], relative, bias.mean, 0.0)
    traits, log_shares = [], []
    for ratio in RATIOS:
        start = trait._replace(ratio=ratio)
        trait, density = fit_trait(sample.verdicts, relative, bias, start, sample.n_items)
        traits.append(trait)
        log_shares.append(density - 0.5 * (np.log(ratio / TYPICAL_RATIO) / RATIO_SPREAD) ** 2)
    shares = np.exp(np.array(log_shares) - max(log_shares))
    shares[shares < MIN_SHARE * shares.sum()] = 0
    used = np.flatnonzero(shares)
    if is_large:
        for k in used:
            traits[k], _ = fit_trait(patterns.verdicts, relative, bias, traits[k], patterns.n_items)
    return Consensus(patterns, tuple(traits[k] for k in used), shares[used] / shares.sum())
