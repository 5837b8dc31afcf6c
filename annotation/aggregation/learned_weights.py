"""Weights of attributes learned from gold: how much each counts where people decided as a whole."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.folds import folds_of
from winnow.annotation.aggregation.logistic import Priors, fit_logistic
from winnow.annotation.aggregation.votes import Floats, Ints
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.measures.shares import Z_95
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

    Args:
        difference: Shape (n, n_attributes), ratings of a minus those of b; no NaN.
        sign: Shape (n,), +1 where gold names a, -1 where it names b.
        prompts: The prompt of each comparison; n of them.
        attributes: What is rated.

    Raises:
        InvalidSettings: There is too little gold for so many attributes.

    Source: the conditional logit of McFadden 1974 for two alternatives; evidence of the ridge as in MacKay 1992, Neural
    Comput. 4(3), 415-447.
    """
    needed = max(LEAST_GOLD, LEAST_PER_ATTRIBUTE * len(attributes))
    if len(sign) < needed:
        raise InvalidSettings(
            f"weights are to be learned for {counted(len(attributes), 'attribute')} ({', '.join(attributes)}), which takes "
            f"{needed} decided gold comparisons with these ratings, and there are {len(sign)}; give more gold, or weights as numbers"
        )
    scale = difference.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    design = difference / scale
    weight, spread = _fitted(design, sign)
    fold = {prompt: k for k, held in enumerate(folds_of(prompts)) for prompt in held}
    held_in = np.array([fold[prompt] for prompt in prompts])
    of_fold = np.array(
        [_fitted(design[held_in != k], sign[held_in != k])[0] for k in range(max(held_in) + 1)]
    )
    right = _right((design * of_fold[held_in]).sum(axis=1), sign)
    # Which way an attribute counts is known of equal weights as well, from the other folds.
    equal = _right((design * np.sign(of_fold[held_in])).sum(axis=1), sign)
    gain, reach = _mean_gain(right - equal, prompts)
    return LearnedWeights(
        tuple(attributes),
        weight / scale,
        (weight - Z_95 * spread) / scale,
        (weight + Z_95 * spread) / scale,
        of_fold / scale,
        fold,
        len(sign),
        float(right.mean()),
        gain,
        gain - reach,
        gain + reach,
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
    """Return the weights under the ridge with most evidence, and their standard deviations."""
    n = design.shape[1]
    variance = np.repeat(_VARIANCES[:, None], n, axis=1)
    fits = fit_logistic(design, sign, Priors(np.zeros_like(variance), variance))
    best = int(fits.evidence.argmax())
    root = fits.root[best]
    spread = np.sqrt((np.linalg.inv(root) ** 2).sum(axis=0))
    return fits.mode[best], spread


def _right(sums: Floats, sign: Floats) -> Floats:
    return np.asarray((1 + np.sign(sums) * sign) / 2)


def _mean_gain(gain: Floats, prompts: Sequence[str]) -> tuple[float, float]:
    """Return the mean and the reach of its 95 % interval; comparisons of one prompt go together."""
    _, index = np.unique(np.asarray(prompts), return_inverse=True)
    mean = float(gain.mean())
    sums = np.bincount(index, gain - mean)
    n = len(sums)
    return mean, Z_95 * float(np.sqrt((sums**2).sum() * n / max(n - 1, 1))) / len(gain)
