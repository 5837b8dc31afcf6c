"""What gold moves, against brute force on six items, and what it leaves alone."""

import numpy as np
import pytest
from scipy import sparse, special

from winnow.annotation.aggregation import anchor as anchoring
from winnow.annotation.aggregation.anchor import anchor
from winnow.annotation.aggregation.directions import Departures
from winnow.annotation.aggregation.hypotheses import DEVIATIONS, all_hypotheses
from winnow.annotation.aggregation.scores import Score, Scores
from winnow.annotation.aggregation.votes import Floats

RNG = np.random.default_rng(3)
LEANS = RNG.choice([-1.0, 1.0], (12, 2))
SLOPES = np.array([1.2, 0.8])
SCORE = Score(LEANS @ SLOPES, SLOPES)
SCORES = Scores((SCORE,) * 5, (SCORE,) * 2, tilt=0.1, ratio=1.4)
ALONE = sparse.csr_array(np.eye(2))
KIN = sparse.csr_array(np.array([[1.0, 0.6], [0.6, 1.0]]))
COMMON = SLOPES / np.linalg.norm(SLOPES)
DEPARTURES = Departures(sparse.csr_array(LEANS), np.ones(2), (ALONE, KIN), COMMON)
ROWS, SIGN = np.arange(6), np.array([1.0, 1.0, -1.0, 1.0, -1.0, -1.0])


def brute_force() -> tuple[Floats, Floats]:
    """Average over the parameters by drawing them from the prior: p of the items without gold, and mean weights."""
    rng = np.random.default_rng(0)
    wanted = all_hypotheses(SCORES.tilt, SCORES.ratio, 0.0)
    n, total, p, weight = 20_000, 0.0, np.zeros(6), np.zeros(2)
    for kinship in (ALONE, KIN):
        off = np.eye(2) - np.outer(COMMON, COMMON)
        root = off @ np.linalg.cholesky(kinship.toarray())
        for k, log_prior in enumerate(wanted.log_prior):
            t = rng.normal(wanted.scale[k], wanted.scale_sd[k], n)
            a = rng.normal(wanted.tilt[k], 0.07, n)
            d = wanted.deviation[k] * rng.normal(size=(n, 2)) @ root.T
            log_odds = t[:, None] * SCORE.of_item + a[:, None] + d @ LEANS.T
            seen = np.exp(-np.logaddexp(0, -SIGN * log_odds[:, ROWS]).sum(axis=1) + log_prior)
            total += seen.sum()
            p += seen @ special.expit(log_odds[:, 6:])
            weight += seen @ (t[:, None] * SLOPES + d)
    return p / total, weight / total


def test_labels_and_weights_are_those_of_brute_force() -> None:
    found = anchor(SCORES, DEPARTURES, ROWS, SIGN, one_order=0.0)
    p, weight = brute_force()
    assert found.p[6:] == pytest.approx(p, abs=0.03)
    assert found.weight == pytest.approx(weight, abs=0.08)


def test_gold_item_is_labelled_as_if_its_gold_were_not_known() -> None:
    found = anchor(SCORES, DEPARTURES, ROWS, SIGN, one_order=0.0).p
    for k in range(6):
        rest = np.delete(ROWS, k)
        without = anchor(SCORES, DEPARTURES, rest, SIGN[rest], one_order=0.0).p
        assert found[k] == pytest.approx(without[k], abs=0.06)


def test_many_gold_items_are_weighed_by_a_part_and_fitted_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = anchor(SCORES, DEPARTURES, np.arange(12), np.sign(SCORE.of_item + 0.01), one_order=0.0)
    monkeypatch.setattr(anchoring, "MAX_SAMPLE", 6)
    part = anchor(SCORES, DEPARTURES, np.arange(12), np.sign(SCORE.of_item + 0.01), one_order=0.0)
    assert part.p == pytest.approx(whole.p, abs=0.05)


def test_where_one_order_was_seen_the_tilt_may_be_the_annotators_own() -> None:
    known, unknown = (all_hypotheses(0.5, 1.4, share) for share in (0.0, 1.0))
    assert sorted(set(known.tilt.tolist())) == [-0.5, 0.0, 0.5]
    assert sorted(set(unknown.tilt.tolist())) == [0.0, 0.5]
    assert len(unknown.tilt) == 2 * 2 * len(DEVIATIONS)
