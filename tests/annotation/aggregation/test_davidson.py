import numpy as np
import pytest
from scipy.optimize import minimize

from winnow.annotation.aggregation.davidson import fit_davidson

LEFT, RIGHT = np.array([0, 0, 1]), np.array([1, 2, 2])
OUTCOME = np.array([[12.0, 5.0, 3.0], [20.0, 1.0, 2.0], [9.0, 6.0, 8.0]])


def loss(parameters: np.ndarray) -> float:
    lead = parameters[LEFT] - parameters[RIGHT]
    scores = np.column_stack([lead / 2, -lead / 2, np.full(3, parameters[3])])
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return float(-(OUTCOME * log_p).sum())


def test_the_fit_is_the_one_of_highest_likelihood() -> None:
    best = minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-8}).x
    found = fit_davidson(LEFT, RIGHT, OUTCOME, 3)
    assert found.strength == pytest.approx(best[:3] - best[:3].mean(), abs=1e-5)
    assert found.tie == pytest.approx(best[3], abs=1e-5)


def test_two_that_met_have_the_log_odds_of_their_wins() -> None:
    found = fit_davidson(np.array([0]), np.array([1]), np.array([[19.0, 1.0, 1e-4]]), 2)
    assert found.strength == pytest.approx([np.log(19) / 2, -np.log(19) / 2], abs=1e-6)


def test_at_the_fit_outcomes_pull_no_way() -> None:
    found = fit_davidson(LEFT, RIGHT, OUTCOME, 3)
    of_lead, of_tie = found.residuals(LEFT, RIGHT, OUTCOME).T
    assert np.bincount(LEFT, of_lead, 3) == pytest.approx(np.bincount(RIGHT, of_lead, 3), abs=1e-6)
    assert of_tie.sum() == pytest.approx(0, abs=1e-6)
