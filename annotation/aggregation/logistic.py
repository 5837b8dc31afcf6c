"""Bayesian logistic regression under many Gaussian priors at once: modes, curvatures and evidence."""

from typing import NamedTuple

import numpy as np
import scipy

from winnow.annotation.aggregation.votes import Bools, Floats

MAX_STEPS = 100
TOLERANCE = 1e-5
"""Newton steps end once none moves a row's log-odds by more; the step after would move them by its square."""
MAX_MOVE = 5.0
"""Largest change of any log-odds in one Newton step; keeps the steps from overshooting."""
CHUNK = 4_000_000
"""Products of two columns held at once."""


class Priors(NamedTuple):
    """Independent Gaussians, one a coefficient; shape (n_priors, n_coefficients) each."""

    mean: Floats
    variance: Floats


class Fits(NamedTuple):
    """Gaussian approximations of the posteriors at their modes (Laplace), one a prior."""

    mode: Floats
    """Shape (n_priors, n_coefficients)."""

    root: Floats
    """Shape (n_priors, n_coefficients, n_coefficients): lower Cholesky factors of the negative Hessians at the modes."""

    evidence: Floats
    """Shape (n_priors,): log marginal likelihoods, up to a constant that all share, whatever the number of
    coefficients."""


def log_joint(
    coefficients: Floats, design: Floats, sign: Floats, priors: Priors
) -> tuple[Floats, Floats]:
    """Return log p(signs, coefficients) under each prior, up to a constant, and its gradient.

    Args:
        coefficients: Shape (n_priors, n_coefficients).
        design: Shape (n_rows, n_coefficients).
        sign: Shape (n_rows,), +1 or -1: P(+1) = 1 / (1 + exp(-design @ coefficients)).
        priors: Of the coefficients.
    """
    log_odds = coefficients @ design.T
    away = coefficients - priors.mean
    value = -np.logaddexp(0, -sign * log_odds).sum(axis=1)
    value -= 0.5 * (away**2 / priors.variance).sum(axis=1)
    missed = (sign + 1) / 2 - scipy.special.expit(log_odds)
    return value, missed @ design - away / priors.variance


def fit_logistic(design: Floats, sign: Floats, priors: Priors) -> Fits:
    """Find the modes by damped Newton steps. Each log joint is strictly concave, so there is one.

    Args:
        design: Shape (n_rows, n_coefficients), the same for all priors; no rows leave the priors as they are.
        sign: Shape (n_rows,), +1 or -1.
        priors: Of the coefficients.
    """
    mode = priors.mean.copy()
    is_open: Bools = np.ones(len(mode), bool)
    for _ in range(MAX_STEPS):
        some = Priors(priors.mean[is_open], priors.variance[is_open])
        _, gradient = log_joint(mode[is_open], design, sign, some)
        curvature = _curvature(mode[is_open], design, some)
        step = np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0]
        reach = np.abs(step @ design.T).max(axis=1, initial=0)
        mode[is_open] += step * (MAX_MOVE / np.maximum(reach, MAX_MOVE))[:, None]
        is_open[is_open] = reach >= TOLERANCE
        if not is_open.any():
            break
    root = np.asarray(np.linalg.cholesky(_curvature(mode, design, priors)), np.float64)
    diagonal = np.diagonal(root, axis1=1, axis2=2)
    value, _ = log_joint(mode, design, sign, priors)
    evidence = value - 0.5 * np.log(priors.variance).sum(axis=1) - np.log(diagonal).sum(axis=1)
    return Fits(mode, root, evidence)


def variances(design: Floats, root: Floats) -> Floats:
    """Return the posterior variance of each row's log-odds; shape (n_rows,).

    Args:
        design: Shape (n_rows, n_coefficients).
        root: Shape (n_coefficients, n_coefficients), of one of the fits.
    """
    spread = scipy.linalg.solve_triangular(root, design.T, lower=True)
    return np.asarray((spread**2).sum(axis=0))


def left_out(design: Floats, sign: Floats, mode: Floats, root: Floats) -> Floats:
    """Return each row's log-odds had the row not been fitted, without refitting; shape (n_rows,).

    One Newton step away from the full fit, exact to second order.

    Args:
        design: Shape (n_rows, n_coefficients).
        sign: Shape (n_rows,), +1 or -1.
        mode: Shape (n_coefficients,), of one of the fits.
        root: Its curvature.

    Source: Rad and Maleki 2020, J. R. Stat. Soc. B 82(4), 965-996 (approximate leave-one-out).
    """
    log_odds = design @ mode
    p = scipy.special.expit(log_odds)
    leverage = variances(design, root)
    slack = np.maximum(1 - leverage * p * (1 - p), 1e-3)
    return np.asarray(log_odds + leverage * (p - (sign + 1) / 2) / slack)


def _curvature(coefficients: Floats, design: Floats, priors: Priors) -> Floats:
    """Return the negative Hessians, shape (n_priors, n_coefficients, n_coefficients)."""
    n_rows, n = design.shape
    p = scipy.special.expit(coefficients @ design.T)
    weight = p * (1 - p)
    curvature = np.zeros((len(coefficients), n * n))
    size = max(CHUNK // (n * n), 1)
    for start in range(0, n_rows, size):
        rows = design[start : start + size]
        products = (rows[:, :, None] * rows[:, None, :]).reshape(len(rows), n * n)
        curvature += weight[:, start : start + size] @ products
    curvature = curvature.reshape(-1, n, n)
    curvature[:, np.arange(n), np.arange(n)] += 1 / priors.variance
    return curvature
