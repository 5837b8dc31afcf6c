import numpy as np
import pytest
from scipy.special import expit

from tests.annotation.aggregation.simulated import Simulated, simulate
from winnow.annotation.aggregation.consensus import Consensus, fit_consensus
from winnow.annotation.aggregation.latent import BiasPrior
from winnow.annotation.aggregation.opinions import gather_opinions
from winnow.annotation.aggregation.raters import Raters
from winnow.annotation.aggregation.verdicts import gather_verdicts
from winnow.annotation.aggregation.votes import read_votes


def fitted(drawn: Simulated) -> Consensus:
    opinions = gather_opinions(read_votes(drawn.judgments))
    n = opinions.n_annotators
    raters = Raters(
        opinions.item, opinions.annotator, opinions.lean, np.arange(n), opinions.n_items, n
    )
    return fit_consensus(
        gather_verdicts(opinions, raters), np.ones(n), BiasPrior(np.zeros(n), np.ones(n))
    )


def confidence(found: Consensus) -> float:
    p = expit(found.log_odds(np.ones(len(found.slope))))
    return float(np.maximum(p, 1 - p).mean())


def misled(n_annotators: int = 9, n_items: int = 1500) -> Simulated:
    """Draw annotators that all see one and the same clue, which is wrong about many items."""
    drawn = simulate([0.8] * n_annotators, n_items=n_items)
    rng = np.random.default_rng(3)
    clue = drawn.truth * 1.0 + rng.normal(0, 1, n_items)
    verdict = [
        "a" if clue[int(item)] + noise > 0 else "b"
        for item, noise in zip(
            drawn.judgments["item_id"].to_pylist(),
            rng.logistic(0, 0.3, drawn.judgments.num_rows),
            strict=True,
        )
    ]
    place = drawn.judgments.column_names.index("verdict")
    return drawn._replace(judgments=drawn.judgments.set_column(place, "verdict", [verdict]))


def test_slopes_rank_annotators_from_agreement_alone() -> None:
    slope = fitted(simulate([0.95, 0.8, 0.7, 0.6, 0.5, 0.3], n_items=3000)).slope
    assert (np.diff(slope) < 0).all()
    assert slope[4] == pytest.approx(0, abs=0.15)
    assert slope[5] < -0.5


def test_annotators_that_err_independently_are_seen_to() -> None:
    drawn = simulate([0.8, 0.75, 0.7, 0.7, 0.65, 0.75, 0.8], n_items=2000)
    found = fitted(drawn)
    assert found.ratio > 2
    p = expit(found.log_odds(np.ones(7)))
    assert confidence(found) == pytest.approx(((p > 0.5) == (drawn.truth > 0)).mean(), abs=0.05)


def test_annotators_that_err_together_are_not_taken_at_their_word() -> None:
    drawn = misled()
    found = fitted(drawn)
    p = expit(found.log_odds(np.ones(9)))
    right = float(((p > 0.5) == (drawn.truth > 0)).mean())
    assert found.ratio < 1.6
    assert right < 0.87
    assert confidence(found) == pytest.approx(right, abs=0.1)


def test_two_annotators_alike_cannot_be_told_apart() -> None:
    slope = fitted(simulate([0.8, 0.8], n_items=3000)).slope
    assert slope[0] == pytest.approx(slope[1], rel=0.05)


def test_large_tables_are_fitted_as_small_ones() -> None:
    accuracies = [0.9, 0.7, 0.6]
    small, large = (fitted(simulate(accuracies, n_items=n)) for n in (15_000, 25_000))
    assert large.slope == pytest.approx(small.slope, abs=0.15)
