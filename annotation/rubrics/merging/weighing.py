"""What criteria are worth, from the verdicts on both responses of comparisons whose better response is known.

Differences are a sparse matrix of shape (n_comparisons, n_criteria): 1 where the better response meets a criterion and the other does
not, -1 the other way round, 0 where both or neither do; of pitfalls turned round. What is not stored cannot be told; a 0 is stored.
"""

from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
Differences: TypeAlias = sparse.csc_array
"""Differences by comparison and criterion; what is not stored is unknown."""

LEAST_COMPARISONS = 50
"""With fewer comparisons no weights are fitted."""

_PENALTIES = np.logspace(-2.5, 1.5, 13)
"""C of scikit-learn, the inverse of the penalty."""

_LEAST_BOTH = 10
"""Comparisons that two criteria have to decide both, for it to be told whether they are opposites."""

_COLUMNS = 256
_FOLDS = 5
_TINY = 1e-6


def gains(differences: Differences) -> Floats:
    """Return of each criterion its wins less its losses as a share of the comparisons that it tells of; 0 where there are none.

    Shape (n_criteria,).
    """
    told = n_told(differences)
    found: Floats = np.asarray(differences.sum(axis=0)).ravel() / np.maximum(told, 1)
    return found


def n_told(differences: Differences) -> npt.NDArray[np.int64]:
    """Count the comparisons that each criterion tells of, those it does not decide among them; shape (n_criteria,)."""
    return np.diff(differences.indptr).astype(np.int64)


def accuracy(differences: Differences, weights: Floats) -> float:
    """Return how often the weighted total favours the better response, half of the ties counted."""
    totals = differences @ weights
    return float(np.mean(_points(totals))) if len(totals) else 0.5


def cost_of_leaving_out(differences: Differences, weights: Floats) -> Floats:
    """Return of each criterion the accuracy with all less that without it; shape (n_criteria,)."""
    totals = differences @ weights
    points = _points(totals)
    costs = np.zeros(len(weights))
    for i, (begin, end) in enumerate(pairwise(differences.indptr.tolist())):
        rows = differences.indices[begin:end]
        without = totals[rows] - weights[i] * differences.data[begin:end]
        costs[i] = (points[rows] - _points(without)).sum() / max(len(totals), 1)
    return costs


def _points(totals: Floats) -> Floats:
    return np.where(np.abs(totals) < _TINY, 0.5, (totals > 0).astype(np.float64))


def fitted_weights(differences: Differences) -> Floats | None:
    """Fit weights by logistic regression with an l1 penalty, which leaves out what adds nothing beside the others.

    The penalty is the largest whose held-out loss in 5 folds is within one standard error of the best. A weight below 0 is 0:
    a criterion does not speak against what it asks for.

    Returns:
        Weights with a mean of 1 over those above 0; shape (n_criteria,). None with fewer than 50 comparisons, or where all
        are 0.
    """
    n = differences.shape[0]
    if n < LEAST_COMPARISONS:
        return None
    known = sparse.csr_array(differences)
    known.eliminate_zeros()
    # A comparison and its mirror image say the same: every second one is turned round, so that there are two classes.
    turned = np.where(np.arange(n) % 2 == 0, 1.0, -1.0)
    penalty = _penalty(known, turned)
    found = np.maximum(_fit(known, turned, penalty), 0.0)
    found[found < _TINY] = 0.0
    return found / found[found > 0].mean() if found.any() else None


def opposed(differences: Differences, below: float = -0.7) -> list[tuple[int, int]]:
    """List pairs of criteria that speak for different responses nearly always.

    Their agreement, the share of comparisons in which both speak for the same response less that in which they do not, is
    below a bound. Only comparisons that both decide count, and there must be at least 10 of them.
    """
    decided = sparse.csc_array(differences, copy=True)
    decided.data = np.where(np.abs(decided.data) > _TINY, np.sign(decided.data), 0.0)
    decided.eliminate_zeros()
    found: list[tuple[int, int]] = []
    for begin in range(
        0, decided.shape[1], _COLUMNS
    ):  # all at once would be a square of the criteria
        some = decided[:, begin : begin + _COLUMNS].T
        both = sparse.coo_array(abs(some) @ abs(decided))
        is_pair = (both.data >= _LEAST_BOTH) & (both.col > both.row + begin)
        one, other, n_both = both.row[is_pair], both.col[is_pair], both.data[is_pair]
        if not len(one):
            continue
        agreement = np.asarray((some @ decided).tocsr()[one, other]).ravel() / n_both
        is_opposed = agreement < below
        pairs = zip(one[is_opposed] + begin, other[is_opposed], strict=True)
        found += sorted((int(a), int(b)) for a, b in pairs)
    return found


def _fit(known: sparse.csr_array, turned: Floats, penalty: float) -> Floats:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        l1_ratio=1, C=penalty, solver="liblinear", fit_intercept=False, random_state=0
    )
    both = sparse.csr_array(known.multiply(turned[:, None]))
    both.indices, both.indptr = (i.astype(np.int32) for i in (both.indices, both.indptr))
    weights: Floats = model.fit(both, turned).coef_[0]
    return weights


def _penalty(known: sparse.csr_array, turned: Floats) -> float:
    fold = np.arange(known.shape[0]) // 2 % _FOLDS
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
    known: sparse.csr_array, turned: Floats, is_held_out: npt.NDArray[np.bool_], penalty: float
) -> float:
    weights = _fit(known[~is_held_out], turned[~is_held_out], penalty)
    return float(np.mean(np.logaddexp(0, -(known[is_held_out] @ weights))))
