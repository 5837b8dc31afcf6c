"""Bayesian logistic regression with a Gaussian prior: mode, curvature and evidence."""

from typing import NamedTuple

import numpy as np
import scipy

from annotation.aggregation.votes import Floats

MAX_STEPS = 100
TOLERANCE = 1e-5
"""Newton steps end once none moves a row's log-odds by more; the step after would move them by its square."""
MAX_MOVE = 5.0
"""Largest change of any log-odds in one Newton step; keeps the steps from overshooting."""


class Prior(NamedTuple):
    """Independent Gaussians, one a coefficient; shape (n_coefficients,) each."""

    mean: Floats
    variance: Floats


class Fit(NamedTuple):
    """Gaussian approximation of the posterior at its mode (Laplace)."""

    mode: Floats
    """Shape (n_coefficients,)."""

    root: Floats
    """Shape (n_coefficients, n_coefficients): lower Cholesky factor of the negative Hessian at the mode."""

    evidence: float
    """Log marginal likelihood, up to the constant shared by all priors of the same length."""


def log_joint(
    coefficients: Floats, design: Floats, sign: Floats, prior: Prior
) -> tuple[float, Floats]:
    """Give log p(signs, coefficients), up to a constant, and its gradient.

    Args:
        coefficients: Shape (n_coefficients,).
        design: Shape (n_rows, n_coefficients).
        sign: Shape (n_rows,), +1 or -1: P(+1) = 1 / (1 + exp(-design @ coefficients)).
        prior: Of the coefficients.
    """
    log_odds = design @ coefficients
    away = coefficients - prior.mean
    value = -np.logaddexp(0, -sign * log_odds).sum() - 0.5 * (away**2 / prior.variance).sum()
    gradient = design.T @ ((sign + 1) / 2 - scipy.special.expit(log_odds)) - away / prior.variance
    return float(value), gradient


def fit_logistic(design: Floats, sign: Floats, prior: Prior, start: Floats | None = None) -> Fit:
    """Find the mode by damped Newton steps. The log joint is strictly concave, so there is one.

    Args:
        design: Shape (n_rows, n_coefficients); no rows leave the prior as it is.
        sign: Shape (n_rows,), +1 or -1.
        prior: Of the coefficients.
        start: Shape (n_coefficients,), where to begin; the prior mean if not given.
    """
    mode = prior.mean if start is None else start
    for _ in range(MAX_STEPS):
        _, gradient = log_joint(mode, design, sign, prior)
        step = np.linalg.solve(_curvature(mode, design, prior), gradient)
        reach = float(np.abs(design @ step).max(initial=0))
        mode = mode + step * min(1.0, MAX_MOVE / max(reach, MAX_MOVE))
        if reach < TOLERANCE:
            break
    root = np.asarray(np.linalg.cholesky(_curvature(mode, design, prior)), np.float64)
    evidence = (
        log_joint(mode, design, sign, prior)[0]
        - 0.5 * np.log(prior.variance).sum()
        - np.log(np.diag(root)).sum()
    )
    return Fit(mode, root, float(evidence))


def variances(design: Floats, fit: Fit) -> Floats:
    """Give the posterior variance of each row's log-odds; shape (n_rows,)."""
    spread = np.linalg.solve(fit.root, design.T)
    return (spread**2).sum(axis=0)


def left_out(design: Floats, sign: Floats, fit: Fit) -> Floats:
    """Give each row's log-odds had the row not been fitted, without refitting; shape (n_rows,).

    One Newton step away from the full fit, exact to second order.

    Source: Rad and Maleki 2020, J. R. Stat. Soc. B 82(4), 965-996 (approximate leave-one-out).
    """
    log_odds = design @ fit.mode
    p = scipy.special.expit(log_odds)
    leverage = variances(design, fit)
    slack = np.maximum(1 - leverage * p * (1 - p), 1e-3)
    return log_odds + leverage * (p - (sign + 1) / 2) / slack


def _curvature(coefficients: Floats, design: Floats, prior: Prior) -> Floats:
    p = scipy.special.expit(design @ coefficients)
    scaled: Floats = design * np.sqrt(p * (1 - p))[:, None]
    return scaled.T @ scaled + np.diag(1 / prior.variance)
