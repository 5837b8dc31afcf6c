"""Weights of attributes learned from gold: how much each counts where people decided as a whole."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy

from winnow.annotation.aggregation.folds import N_FOLDS, folds_of
from winnow.annotation.aggregation.logistic import Priors, fit_logistic
from winnow.annotation.aggregation.votes import Floats, Ints
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.measures.shares import mean_and_reach, student
from winnow.schemas.plurals import counted

LEAST_GOLD = 30
"""Decided gold comparisons that are needed at least."""
LEAST_PER_ATTRIBUTE = 10
"""Of them, so many for each attribute."""
_VARIANCES = np.array([0.03, 0.1, 0.3, 1.0, 3.0, 10.0])
"""Of the prior of a weight per standard deviation of its difference: a ridge, of which the one with most evidence is taken."""


class LearnedWeights(NamedTuple):
    """Weights per unit of rating, and what they are worth."""

    attributes: tuple[str, ...]
    """What is weighed."""

    weight: Floats
    """From all gold; shape (n_attributes,)."""

    low: Floats
    """Lower ends of the 95 % intervals; shape (n_attributes,)."""

    high: Floats
    """Upper ends."""

    of_fold: Floats
    """From all gold but that of a fold; shape (n_folds, n_attributes)."""

    fold: dict[str, int]
    """The fold of each prompt with gold, whose comparisons get the weights that were learned without it."""

    n_gold: int
    """Gold comparisons that they rest on."""

    accuracy: float
    """How much of gold the weights of the folds have right, each without its own; a tie is a half."""

    gain: float
    """That minus what equal weights per standard deviation have right."""

    gain_low: float
    """Lower end of the 95 % interval of the gain, by prompts."""

    gain_high: float
    """Upper end."""

    def of(self, prompts: Sequence[str]) -> Ints:
        """Return for each prompt the row of `of_fold` that is for it, -1 for the weights of all gold."""
        return np.array([self.fold.get(prompt, -1) for prompt in prompts], np.int64)

    def dict_of(self, fold: int) -> dict[str, float]:
        """Return the weights of a fold, or with -1 those of all gold, by attribute."""
        weight = self.weight if fold < 0 else self.of_fold[fold]
        return dict(zip(self.attributes, map(float, weight), strict=True))

    def words(self) -> str:
        """Say what was learned and whether it is worth anything."""
        each = ", ".join(
            f"{name} {w:.3g} ({low:.3g} to {high:.3g})"
            for name, w, low, high in zip(
                self.attributes, self.weight, self.low, self.high, strict=True
            )
        )
        return (
            f"weights learned from {counted(self.n_gold, 'gold comparison')}, with 95% intervals: {each}; of gold left out "
            f"{self.accuracy:.1%} right, {100 * self.gain:+.1f} points against equal weights "
            f"({100 * self.gain_low:+.1f} to {100 * self.gain_high:+.1f})"
        )


def learn_weights(
    difference: Floats, sign: Floats, prompts: Sequence[str], attributes: Sequence[str]
) -> LearnedWeights:
    """Fit a logistic regression of gold on differences of ratings, without a constant, with a ridge; cross-fitted by prompts.

    Comparisons of one prompt err together, so an interval rests on the variance between prompts where that is the larger one.

    Args:
        difference: Shape (n, n_attributes), ratings of a minus those of b; no NaN.
        sign: Shape (n,), +1 where gold names a, -1 where it names b.
        prompts: The prompt of each comparison; n of them.
        attributes: What is rated.

    Raises:
        InvalidSettings: There is too little gold for so many attributes, or of too few prompts.

    Source: the conditional logit of McFadden 1974 for two alternatives; evidence of the ridge as in MacKay 1992, Neural
    Comput. 4(3), 415-447; intervals over clusters as in Cameron and Miller 2015, J. Hum. Resour. 50(2), 317-372.
    """
    needed = max(LEAST_GOLD, LEAST_PER_ATTRIBUTE * len(attributes))
    if len(sign) < needed:
        raise InvalidSettings(
            f"weights are to be learned for {counted(len(attributes), 'attribute')} ({', '.join(attributes)}), which takes "
            f"{needed} decided gold comparisons with these ratings, and there are {len(sign)}; give more gold, or weights as numbers"
        )
    names, cluster = np.unique(np.asarray(prompts), return_inverse=True)
    if len(names) < N_FOLDS:
        raise InvalidSettings(
            f"weights are to be learned, and gold with these ratings is of {counted(len(names), 'prompt')}, where {N_FOLDS} are "
            "needed to weigh each without its own gold; give gold of more prompts, or weights as numbers"
        )
    scale = difference.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    design = difference / scale
    weight, root = _fitted(design, sign)
    reach = student(len(names)) * _spread(design, sign, cluster, weight, root)
    fold = {prompt: k for k, held in enumerate(folds_of(prompts)) for prompt in held}
    held_in = np.array([fold[prompt] for prompt in prompts])
    of_fold = np.array(
        [_fitted(design[held_in != k], sign[held_in != k])[0] for k in range(max(held_in) + 1)]
    )
    right = _right((design * of_fold[held_in]).sum(axis=1), sign)
    # Which way an attribute counts is known of equal weights as well, from the other folds.
    equal = _right((design * np.sign(of_fold[held_in])).sum(axis=1), sign)
    gain, gain_reach = mean_and_reach(right - equal, cluster)
    assert gain_reach is not None
    return LearnedWeights(
        tuple(attributes),
        weight / scale,
        (weight - reach) / scale,
        (weight + reach) / scale,
        of_fold / scale,
        fold,
        len(sign),
        float(right.mean()),
        gain,
        gain - gain_reach,
        gain + gain_reach,
    )


def changed_winners(difference: Floats, weights: Floats, by: float = 0.1) -> float:
    """Return the share of pairs whose winner changes where any one weight is larger or smaller by a share of itself.

    Args:
        difference: Shape (n, n_attributes), ratings of a minus those of b; rows with NaN are left out.
        weights: Shape (n_attributes,).
        by: The share.
    """
    known = difference[~np.isnan(difference).any(axis=1)]
    if not len(known):
        return 0.0
    winner = np.sign(known @ weights)
    changes = np.zeros(len(known), bool)
    for i in range(len(weights)):
        for factor in (1 - by, 1 + by):
            moved = weights.copy()
            moved[i] *= factor
            changes |= np.sign(known @ moved) != winner
    return float(changes.mean())


def _fitted(design: Floats, sign: Floats) -> tuple[Floats, Floats]:
    """Return the weights under the ridge with most evidence, and the lower Cholesky factor of the curvature there."""
    n = design.shape[1]
    variance = np.repeat(_VARIANCES[:, None], n, axis=1)
    fits = fit_logistic(design, sign, Priors(np.zeros_like(variance), variance))
    best = int(fits.evidence.argmax())
    return fits.mode[best], fits.root[best]


def _spread(design: Floats, sign: Floats, cluster: Ints, weight: Floats, root: Floats) -> Floats:
    """Return the standard deviations of weights: of the posterior, or between clusters (a sandwich) where these are larger."""
    inverse = np.linalg.inv(root)
    covariance = inverse.T @ inverse
    missed = (sign + 1) / 2 - scipy.special.expit(design @ weight)
    n = int(cluster.max()) + 1
    slopes = np.zeros((n, design.shape[1]))
    np.add.at(slopes, cluster, missed[:, None] * design)
    between = covariance @ (slopes.T @ slopes) @ covariance * n / (n - 1)
    return np.asarray(np.sqrt(np.maximum(np.diag(covariance), np.diag(between))))


def _right(sums: Floats, sign: Floats) -> Floats:
    return np.asarray((1 + np.sign(sums) * sign) / 2)
