"""What criteria are worth, from the verdicts on both responses of comparisons whose better response is known.

Differences are a matrix of shape (n_comparisons, n_criteria): 1 where the better response meets a criterion and the other does
not, -1 the other way round, 0 where both or neither do, NaN where either cannot be told; of pitfalls turned round.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LEAST_COMPARISONS = 50
"""With fewer comparisons no weights are fitted."""

_PENALTIES = np.logspace(-2.5, 1.5, 13)
"""C of scikit-learn, the inverse of the penalty."""

_FOLDS = 5
_TINY = 1e-6


def gains(differences: Floats) -> Floats:
    """Return of each criterion its wins less its losses as a share of the comparisons that it tells of; 0 where there are none.

    Shape (n_criteria,).
    """
    told = np.sum(~np.isnan(differences), axis=0)
    return np.nansum(differences, axis=0) / np.maximum(told, 1)


def accuracy(differences: Floats, weights: Floats) -> float:
    """Return how often the weighted total favours the better response, half of the ties counted."""
    totals = np.nan_to_num(differences) @ weights
    return float(np.mean(np.where(np.abs(totals) < _TINY, 0.5, totals > 0))) if len(totals) else 0.5


def cost_of_leaving_out(differences: Floats, weights: Floats) -> Floats:
    """Return of each criterion the accuracy with all less that without it; shape (n_criteria,)."""
    whole = accuracy(differences, weights)
    without = (np.where(np.arange(len(weights)) == i, 0.0, weights) for i in range(len(weights)))
    return np.array([whole - accuracy(differences, some) for some in without])


def fitted_weights(differences: Floats) -> Floats | None:
    """Fit weights by logistic regression with an l1 penalty, which leaves out what adds nothing beside the others.

    The penalty is the largest whose held-out loss in 5 folds is within one standard error of the best. A weight below 0 is 0:
    a criterion does not speak against what it asks for.

    Returns:
        Weights with a mean of 1 over those above 0; shape (n_criteria,). None with fewer than 50 comparisons, or where all
        are 0.
    """
    if len(differences) < LEAST_COMPARISONS:
        return None
    known = np.nan_to_num(differences)
    # A comparison and its mirror image say the same: every second one is turned round, so that there are two classes.
    turned = np.where(np.arange(len(known)) % 2 == 0, 1.0, -1.0)
    penalty = _penalty(known, turned)
    found = np.maximum(_fit(known, turned, penalty), 0.0)
    found[found < _TINY] = 0.0
    return found / found[found > 0].mean() if found.any() else None


def opposed(differences: Floats, below: float = -0.7) -> list[tuple[int, int]]:
    """List pairs of criteria that speak for different responses nearly always.

    Their agreement, the share of comparisons in which both speak for the same response less that in which they do not, is
    below a bound. Only comparisons that both decide count, and there must be at least 10 of them.
    """
    decided = np.where(
        np.abs(np.nan_to_num(differences)) > _TINY, np.sign(np.nan_to_num(differences)), 0
    )
    n_both = np.abs(decided).T @ np.abs(decided)
    agreement = (decided.T @ decided) / np.maximum(n_both, 1)
    one, other = np.nonzero(np.triu((n_both >= 10) & (agreement < below), k=1))
    return list(zip(one.tolist(), other.tolist(), strict=True))


def _fit(known: Floats, turned: Floats, penalty: float) -> Floats:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        l1_ratio=1, C=penalty, solver="liblinear", fit_intercept=False, random_state=0
    )
    weights: Floats = model.fit(known * turned[:, None], turned).coef_[0]
    return weights


def _penalty(known: Floats, turned: Floats) -> float:
    fold = np.arange(len(known)) // 2 % _FOLDS
    losses = np.array(
        [
            [_loss(known, turned, fold == k, penalty) for k in range(_FOLDS)]
            for penalty in _PENALTIES
        ]
    )
    mean, error = losses.mean(axis=1), losses.std(axis=1, ddof=1) / np.sqrt(_FOLDS)
    best = int(np.argmin(mean))
    return float(_PENALTIES[np.argmax(mean <= mean[best] + error[best])])


def _loss(
    known: Floats, turned: Floats, is_held_out: npt.NDArray[np.bool_], penalty: float
) -> float:
    weights = _fit(known[~is_held_out], turned[~is_held_out], penalty)
    return float(np.mean(np.logaddexp(0, -known[is_held_out] @ weights)))
