"""Shortcuts that are learnt: which model wrote it, and all surface features together."""

from typing import Any

import numpy as np

from winnow.pipelines.shortcuts.pairs import Pairs
from winnow.pipelines.shortcuts.surface import Floats, Integers

_FOLDS = 5
_NAMED = 3


def model_matrix(pairs: Pairs) -> Any:
    """Return one column a model, sparse, shape (n, n_models): 1 where it wrote the chosen response, -1 the rejected one.

    A logistic regression on it without intercept is the Bradley-Terry model of the models.
    """
    from scipy.sparse import csr_array

    n = len(pairs.prompts)
    rows = np.concatenate([np.arange(n), np.arange(n)])
    columns = np.concatenate([pairs.chosen_model, pairs.rejected_model])
    return csr_array((np.repeat([1.0, -1.0], n), (rows, columns)), (n, len(pairs.models)))


def probe_matrix(pairs: Pairs) -> Floats:
    """Return the differences of all surface features, each with the mean square 1, shape (n, n_features)."""
    matrix = np.column_stack(list(pairs.differences.values()))
    sizes = np.sqrt((matrix**2).mean(axis=0))
    return matrix / np.where(sizes > 0, sizes, 1)


def guess_by_others(matrix: Any, prompts: Integers) -> Floats:
    """Guess each preference from those of other prompts.

    Five folds of prompts; in each, logistic regression with an L2 penalty and without intercept, so that exchanging the
    two responses turns every guess round.

    Args:
        matrix: Differences, chosen minus rejected, dense or sparse, shape (n, k).
        prompts: Shape (n,), number of the prompt of each.

    Returns:
        Shape (n,): log-odds for the chosen response, 0 where there is nothing to learn from.
    """
    from sklearn.model_selection import GroupKFold

    guesses = np.zeros(len(prompts))
    n_folds = min(_FOLDS, len(np.unique(prompts)))
    if n_folds < 2:
        return guesses
    for known, asked in GroupKFold(n_folds).split(prompts, groups=prompts):
        weights = _fit(matrix[known])
        if weights is not None:
            guesses[asked] = matrix[asked] @ weights
    return np.where(np.abs(guesses) < 1e-9, 0.0, guesses)


def name_models(pairs: Pairs) -> str:
    """Say which models win and lose most: their Bradley-Terry strengths in nats."""
    strengths = _fit(model_matrix(pairs))
    if strengths is None or len(pairs.models) < 2:
        return ""
    order = np.argsort(-strengths, kind="stable")
    shown = order if len(order) <= 2 * _NAMED else np.concatenate([order[:_NAMED], order[-_NAMED:]])
    named = (f"{pairs.models[i]} {strengths[i]:+.2f}" for i in shown)
    return "strengths, in nats: " + ", ".join(named)


def name_features(pairs: Pairs) -> str:
    """Say which features the probe weighs most: log-odds in nats for a difference of usual size."""
    weights = _fit(probe_matrix(pairs))
    if weights is None:
        return ""
    names = list(pairs.differences)
    order = [i for i in np.argsort(-np.abs(weights), kind="stable")[:_NAMED] if abs(weights[i]) >= 0.05]  # fmt: skip
    named = (f"{names[i]} {weights[i]:+.2f}" for i in order)
    return "largest weights, in nats: " + ", ".join(named) if order else ""


def _fit(matrix: Any) -> Floats | None:
    from scipy.sparse import diags_array
    from sklearn.linear_model import LogisticRegression

    if matrix.shape[0] < 2 or not abs(matrix).sum():
        return None
    # Chosen wins in every row; turning every second row round gives both classes and the same likelihood.
    signs = np.where(np.arange(matrix.shape[0]) % 2, -1.0, 1.0)
    fitted = LogisticRegression(fit_intercept=False, max_iter=500)
    return fitted.fit(diags_array(signs) @ matrix, signs > 0).coef_[0]
