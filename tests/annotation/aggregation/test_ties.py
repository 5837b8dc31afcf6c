import numpy as np
import pytest

from winnow.annotation.aggregation.tie_verdicts import TieVerdicts
from winnow.annotation.aggregation.ties import PRIOR_TRUST, TieRule, fit_ties

LOG_ODDS = np.linspace(-4, 4, 400)
SAID = TieVerdicts(np.tile([-1.0, -1.0, -1.0, 3.0], 100), 0.25)
NONE = np.zeros(400, bool)


def test_without_gold_ties_are_as_frequent_as_the_tie_verdicts_tell() -> None:
    rule = fit_ties(LOG_ODDS, SAID, NONE, NONE)
    assert rule.probability(LOG_ODDS, SAID.evidence).mean() == pytest.approx(0.25, abs=0.002)


def test_tie_is_likelier_the_closer_the_evidence_and_the_more_say_so() -> None:
    rule = fit_ties(LOG_ODDS, SAID, NONE, NONE)
    far, near = rule.probability(np.array([4.0, 0.0]), np.zeros(2))
    said = rule.probability(np.zeros(1), np.ones(1))[0]
    assert far < near < said


def test_gold_recovers_the_threshold_it_was_drawn_with() -> None:
    rng = np.random.default_rng(0)
    log_odds, evidence = rng.normal(0, 2, 20000), rng.choice([-2.0, 0.0, 4.0], 20000)
    is_tie = rng.random(20000) < TieRule(-0.5, 0.8).probability(log_odds, evidence)
    said = TieVerdicts(evidence, 0.3)
    rule = fit_ties(log_odds, said, np.ones(20000, bool), is_tie)
    assert (rule.base, rule.trust) == (pytest.approx(-0.5, abs=0.1), pytest.approx(0.8, abs=0.1))
    assert pytest.approx(0.8, abs=0.1) != PRIOR_TRUST


def test_table_without_a_tie_leaves_little_room_for_one() -> None:
    rule = fit_ties(LOG_ODDS, TieVerdicts(np.zeros(400), 0.5 / 401), NONE, NONE)
    assert rule.probability(LOG_ODDS, np.zeros(400)).max() < 0.02
