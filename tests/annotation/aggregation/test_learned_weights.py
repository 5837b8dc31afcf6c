import numpy as np
import pytest

from winnow.annotation.aggregation.learned_weights import changed_winners, learn_weights
from winnow.annotation.aggregation.votes import Floats
from winnow.schemas.errors import InvalidSettings

NAMES = ("correct", "long", "kind")


def simulated(weights: Floats, n: int, seed: int) -> tuple[Floats, Floats, list[str]]:
    """Give differences of ratings, what gold says by these weights, and prompts of two comparisons each."""
    rng = np.random.default_rng(seed)
    difference = rng.normal(size=(n, len(weights))) * [1.0, 40.0, 1.0]
    sign = np.where(
        rng.uniform(size=n) < 1 / (1 + np.exp(-(difference / [1, 40, 1]) @ weights)), 1.0, -1.0
    )
    return difference, sign, [f"p{i // 2}" for i in range(n)]


def test_planted_weights_are_within_their_intervals_whatever_the_scale() -> None:
    planted, inside = np.array([2.0, -0.5, 0.0]), 0
    for seed in range(40):
        found = learn_weights(*simulated(planted, 300, seed), NAMES)
        per_unit = planted / [1.0, 40.0, 1.0]
        inside += int(((found.low <= per_unit) & (per_unit <= found.high)).sum())
    assert inside >= 0.9 * 40 * 3
    large = learn_weights(*simulated(planted, 3000, 1), NAMES)
    assert np.allclose(large.weight * [1, 40, 1], planted, atol=0.2)
    assert large.gain_low > 0 and large.accuracy > 0.75
    assert "correct 1.9" in large.words() or "correct 2" in large.words()


def test_a_comparison_with_gold_is_weighed_without_its_own_gold() -> None:
    difference, sign, prompts = simulated(np.array([1.0, 0.3, 0.0]), 60, 3)
    found = learn_weights(difference, sign, prompts, NAMES)
    k = found.fold["p0"]
    here = np.array([found.fold[p] == k for p in prompts])
    turned = learn_weights(difference, np.where(here, -sign, sign), prompts, NAMES)
    assert np.allclose(found.of_fold[k], turned.of_fold[k])
    assert not np.allclose(found.weight, turned.weight)
    assert found.of(["p0", "unheard"]).tolist() == [k, -1]
    assert found.dict_of(-1) == dict(zip(NAMES, found.weight, strict=True))


def test_gold_that_follows_nothing_gains_nothing() -> None:
    gains = []
    for seed in range(20):
        difference, sign, prompts = simulated(np.zeros(3), 100, seed)
        found = learn_weights(difference, sign, prompts, NAMES)
        gains.append(found.gain_low > 0)
        assert 0.25 < found.accuracy < 0.75
    assert sum(gains) <= 4


def test_too_little_gold_is_refused_with_what_is_needed() -> None:
    difference, sign, prompts = simulated(np.ones(3), 29, 1)
    with pytest.raises(
        InvalidSettings, match=r"takes 30 decided gold .* there are 29; give more gold"
    ):
        learn_weights(difference, sign, prompts, NAMES)


def test_an_attribute_that_never_differs_weighs_nothing() -> None:
    difference, sign, prompts = simulated(np.array([1.0, 0.0, 0.0]), 60, 2)
    difference[:, 2] = 0.0
    found = learn_weights(difference, sign, prompts, NAMES)
    assert found.weight[2] == 0.0 and np.isfinite(found.low).all()


def test_near_ties_change_their_winner_and_clear_pairs_do_not() -> None:
    clear, near = np.array([[5.0, 5.0]] * 8), np.array([[1.0, -1.02]] * 8)
    weights = np.ones(2)
    assert changed_winners(clear, weights) == 0.0
    assert changed_winners(near, weights) == 1.0
    both = np.vstack([clear, near, [[np.nan, 1.0]]])
    assert changed_winners(both, weights) == 0.5
    assert changed_winners(np.empty((0, 2)), weights) == 0.0


def test_intervals_hold_where_the_pairs_of_a_prompt_err_together() -> None:
    planted, inside, n_prompts, n_each = np.array([1.0, -0.5]), 0, 40, 20
    for seed in range(40):
        rng = np.random.default_rng(seed)
        prompt = np.repeat(np.arange(n_prompts), n_each)
        difference = rng.normal(size=(n_prompts, 2))[prompt] + 0.3 * rng.normal(size=(800, 2))
        # Of one pair, gold follows the weights by the logistic law; of a prompt, all pairs have the same luck.
        luck = rng.logistic(size=n_prompts)[prompt]
        sign = np.where(difference @ planted + luck > 0, 1.0, -1.0)
        found = learn_weights(difference, sign, [f"p{k}" for k in prompt], ("good", "long"))
        inside += int(((found.low <= planted) & (planted <= found.high)).sum())
    assert inside >= 0.88 * 40 * 2


def test_gold_of_few_prompts_is_refused() -> None:
    difference, sign, _ = simulated(np.ones(3), 60, 1)
    with pytest.raises(
        InvalidSettings, match=r"is of 4 prompts, where 5 are needed .*; give gold of more prompts"
    ):
        learn_weights(difference, sign, [f"p{i % 4}" for i in range(60)], NAMES)
    assert learn_weights(difference, sign, [f"p{i % 5}" for i in range(60)], NAMES).n_gold == 60
