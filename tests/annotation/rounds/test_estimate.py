import numpy as np
import pyarrow.compute as pc
import pytest

from tests.annotation.rounds.material import simulated_pool, state
from winnow.annotation.rounds import ASKED, add_asked, choose, current_state, decide, figures
from winnow.annotation.rounds.estimate import share

SURE = (0.95, 0.05, 0.0)


def test_only_random_items_that_nobody_wanted_count() -> None:
    #               right wrong wanted-too chosen-only unasked
    found = state(*[SURE] * 5, verdict="abbb-", claim="aaaaa", audit="xxx--", chosen="--xx-")
    got = figures(found, decide(found, strong_from=0.9))
    assert (got.audited.n_right, got.audited.n) == (1, 2)
    assert (got.n_verified, got.n_keep, got.n_flip, got.n_discard) == (4, 2, 3, 0)
    assert got.accuracy == pytest.approx((4 + 0.5) / 5)


def test_a_random_item_that_would_not_have_come_out_does_not_count() -> None:
    found = state((0.4, 0.6, 0.0), SURE, verdict="a-", claim="aa", audit="x-")
    assert figures(found, decide(found, strong_from=0.9)).audited.n == 0


def test_without_a_sample_nothing_is_claimed() -> None:
    found = state(SURE, SURE, claim="aa")
    got = figures(found, decide(found, strong_from=0.9))
    assert (got.accuracy, got.low, got.high, got.coverage) == (None, 0.0, 1.0, 1.0)


def test_the_interval_is_exact() -> None:
    # Clopper and Pearson for 9 of 10, from their definition: P(X >= 9 | low) = P(X <= 9 | high) = 0.025.
    got = share(9, 10, 0.95)
    at_least_9 = 10 * got.low**9 * (1 - got.low) + got.low**10
    assert at_least_9 == pytest.approx(0.025)
    assert got.high**10 == pytest.approx(1 - 0.025)


def test_the_estimate_is_not_flattered_by_which_items_people_saw() -> None:
    off, plain, n_covered = [], [], 0
    for seed in range(30):
        pool = simulated_pool(seed)
        asked = ASKED.empty_table()
        for number in range(1, 6):
            known = pool.gold.filter(pc.is_in(pool.gold["item_id"], asked["item_id"]))
            now = current_state(pool.items, pool.judgments, asked, known)
            picks = choose(now, pool.vectors, 25, audit_share=0.3, seed=seed)
            asked = add_asked(asked, now, picks, number)
        known = pool.gold.filter(pc.is_in(pool.gold["item_id"], asked["item_id"]))
        now = current_state(pool.items, pool.judgments, asked, known)
        claim = now._replace(claim=now.likeliest)
        got = figures(claim, decide(claim, strong_from=0.9))
        left = ~now.is_verified
        truth = float((now.likeliest == pool.truth)[left].mean())
        off.append((got.audited.value or 0) - truth)
        plain.append(1 - now.is_wrong[now.is_verified].mean() - truth)
        n_covered += got.audited.low <= truth <= got.audited.high
    assert abs(np.mean(off)) < 0.02
    assert np.mean(plain) < -0.05  # what counting all that people saw would say
    assert n_covered >= 27
