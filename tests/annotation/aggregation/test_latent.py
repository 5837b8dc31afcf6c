import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import approx_fprime
from scipy.special import expit

from winnow.annotation.aggregation.latent import NODES, BiasPrior, Trait, fit_trait, locate
from winnow.annotation.aggregation.verdicts import PLACES, Verdicts
from winnow.annotation.aggregation.votes import Floats

SLOPE, BIAS = np.array([2.5, 1.5, 1.0, 0.5, -1.0]), np.array([0.0, 1.0, -0.5, 0.0, 0.5])
WIDE = BiasPrior(np.zeros(5), np.ones(5))


def drawn(n: int, ratio: float, seed: int = 0) -> tuple[Verdicts, Floats]:
    """Draw from the model, each verdict with a shown first or second at random."""
    rng = np.random.default_rng(seed)
    sign = rng.choice([1.0, -1.0], n)
    z = (sign * ratio + rng.normal(size=n)) / np.sqrt(1 + ratio**2)
    place = rng.choice([1.0, -1.0], (n, len(SLOPE)))
    is_a = rng.random(place.shape) < expit(z[:, None] * SLOPE + BIAS * place)
    total = np.hstack([place > 0, place < 0, np.zeros(place.shape, bool)]).astype(float)
    for_a = total * np.tile(is_a, 3)
    column = np.repeat(np.array(PLACES, float), len(SLOPE))
    rater = np.tile(np.arange(len(SLOPE)), 3)
    return Verdicts(sparse.csr_array(total), sparse.csr_array(for_a), column, rater), sign


def start(ratio: float) -> Trait:
    return Trait(ratio, np.ones(5), np.zeros(5), 0.0)


def test_parameters_that_verdicts_were_drawn_with_are_recovered() -> None:
    verdicts, _ = drawn(20_000, 1.4)
    trait, _ = fit_trait(verdicts, np.ones(5), WIDE, start(1.4))
    assert trait.slope == pytest.approx(SLOPE, abs=0.2)
    assert trait.bias == pytest.approx(BIAS, abs=0.12)
    assert trait.tilt == pytest.approx(0, abs=0.15)


def test_density_is_highest_at_the_fit() -> None:
    verdicts, _ = drawn(400, 1.4)
    trait, _ = fit_trait(verdicts, np.ones(5), WIDE, start(1.4))

    def log_likelihood(slope: Floats) -> float:
        return float(locate(verdicts, trait._replace(slope=slope))[1].sum())

    typical = (1.5 * 0.5 + trait.slope.sum()) / 5.5
    gradient = approx_fprime(trait.slope, log_likelihood, 1e-6) - (trait.slope - typical)
    assert gradient == pytest.approx(np.zeros(5), abs=0.6)


def test_true_ratio_is_likelier_than_others() -> None:
    for ratio, others in ((1.0, (4.0,)), (4.0, (0.7,))):
        verdicts, _ = drawn(5000, ratio)
        density = [fit_trait(verdicts, np.ones(5), WIDE, start(r))[1] for r in (ratio, *others)]
        assert density[0] == max(density)


def test_probabilities_are_calibrated() -> None:
    verdicts, sign = drawn(20_000, 1.0, seed=1)
    q, _ = locate(verdicts, Trait(1.0, SLOPE, BIAS, 0.0))
    p = q @ Trait(1.0, SLOPE, BIAS, 0.0).p_a
    for low in np.arange(0.1, 0.9, 0.1):
        chosen = (p >= low) & (p < low + 0.1)
        assert (sign[chosen] > 0).mean() == pytest.approx(p[chosen].mean(), abs=0.05)


def test_item_without_a_verdict_stays_at_the_prior() -> None:
    empty = sparse.csr_array((1, 15))
    verdicts = Verdicts(empty, empty, np.repeat([1.0, -1.0, 0.0], 5), np.tile(np.arange(5), 3))
    trait = start(1.4)
    q, _ = locate(verdicts, trait)
    assert q[0] == pytest.approx(np.exp(trait.log_density))
    assert q[0] @ trait.p_a == pytest.approx(0.5)
    assert len(q[0]) == len(NODES)
