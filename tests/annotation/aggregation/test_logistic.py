import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import approx_fprime

from winnow.annotation.aggregation.logistic import Fits, Priors, fit_logistic, left_out, log_joint
from winnow.annotation.aggregation.votes import Floats

RNG = np.random.default_rng(0)
DESIGN = RNG.normal(size=(40, 5))
SIGN = np.where(RNG.random(40) < 1 / (1 + np.exp(-DESIGN @ [1.0, -0.5, 0, 0, 0.3])), 1.0, -1.0)
PRIORS = Priors(
    np.array([[1.0, 0, 0, 0, 0], [-0.5, 0.2, 0, 0, 0]]),
    np.array([[0.5, 1, 1, 1, 2], [2.0, 0.1, 0.1, 0.1, 0.1]]),
)


def test_gradient_agrees_with_finite_differences() -> None:
    at = RNG.normal(size=(2, 5))
    _, gradient = log_joint(at, DESIGN, SIGN, PRIORS)
    for k in range(2):
        prior = Priors(PRIORS.mean[[k]], PRIORS.variance[[k]])

        def value(one: Floats, prior: Priors = prior) -> float:
            return float(log_joint(one[None], DESIGN, SIGN, prior)[0][0])

        assert gradient[k] == pytest.approx(approx_fprime(at[k], value, 1e-6), abs=1e-4)


def test_gradient_vanishes_at_the_modes() -> None:
    fits = fit_logistic(DESIGN, SIGN, PRIORS)
    _, gradient = log_joint(fits.mode, DESIGN, SIGN, PRIORS)
    assert np.abs(gradient).max() < 1e-6


def test_a_prior_is_fitted_alike_alone_and_among_others() -> None:
    together = fit_logistic(DESIGN, SIGN, PRIORS)
    for k in range(2):
        alone = fit_logistic(DESIGN, SIGN, Priors(PRIORS.mean[[k]], PRIORS.variance[[k]]))
        assert together.mode[k] == pytest.approx(alone.mode[0], abs=1e-9)
        assert together.root[k] == pytest.approx(alone.root[0], abs=1e-9)
        assert together.evidence[k] == pytest.approx(alone.evidence[0], abs=1e-9)


def test_curvature_is_the_same_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fit_logistic(DESIGN, SIGN, PRIORS)
    monkeypatch.setattr("winnow.annotation.aggregation.logistic.CHUNK", 7 * 25)
    assert fit_logistic(DESIGN, SIGN, PRIORS).root == pytest.approx(whole.root, abs=1e-9)


def test_without_rows_the_priors_stand() -> None:
    fits = fit_logistic(DESIGN[:0], SIGN[:0], PRIORS)
    assert fits.mode.tolist() == PRIORS.mean.tolist()
    assert fits.evidence == pytest.approx(np.zeros(2))


def test_evidence_of_six_items_is_that_of_the_integral_whatever_the_number_of_coefficients() -> (
    None
):
    design, sign = DESIGN[:6, :2], SIGN[:6]
    mean, sd = np.array([0.9, 0.0]), np.array([0.3, 0.5])

    def likelihood(t: float, u: float) -> float:
        return float(np.prod(1 / (1 + np.exp(-sign * (design @ [t, u])))))

    def density(x: float, k: int) -> float:
        return float(np.exp(-0.5 * ((x - mean[k]) / sd[k]) ** 2) / (sd[k] * np.sqrt(2 * np.pi)))

    both, _ = quad(
        lambda t: density(t, 0) * quad(lambda u: density(u, 1) * likelihood(t, u), -4, 4)[0], -2, 4
    )
    one, _ = quad(lambda t: density(t, 0) * likelihood(t, 0.0), -2, 4)
    found = fit_logistic(design, sign, Priors(mean[None], sd[None] ** 2)).evidence[0]
    first = Priors(mean[None, :1], sd[None, :1] ** 2)
    assert found == pytest.approx(np.log(both), abs=0.03)
    assert fit_logistic(design[:, :1], sign, first).evidence[0] == pytest.approx(
        np.log(one), abs=0.02
    )


def test_left_out_log_odds_agree_with_refitting_without_the_row() -> None:
    for n in (6, 40):
        design, sign = DESIGN[:n], SIGN[:n]
        fits: Fits = fit_logistic(design, sign, PRIORS)
        for k in range(2):
            fast = left_out(design, sign, fits.mode[k], fits.root[k])
            for row in range(min(n, 10)):
                kept = np.arange(n) != row
                slow = fit_logistic(design[kept], sign[kept], PRIORS).mode[k] @ design[row]
                assert fast[row] == pytest.approx(slow, abs=0.08)
