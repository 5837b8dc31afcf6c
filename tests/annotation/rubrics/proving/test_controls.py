"""What criteria are worth together, against direct computation."""

from itertools import combinations
from math import comb

import numpy as np
import pytest

from bench._candidates import Design, draw
from tests.annotation.rubrics.proving.toy import met_where, proven, trials, tried_on
from winnow.annotation.rubrics.proving.controls import FlippedRubric, controls_of, sizes_up_to
from winnow.annotation.rubrics.proving.prove import prove
from winnow.annotation.rubrics.proving.thresholds import ProofThresholds
from winnow.schemas.rubrics import ProofControls

Floats = np.ndarray
FEW = Design(n_comparisons=200, n_candidates=6, n_real=2, by_length=(0, 0))


def points(met: Floats, sign: Floats) -> Floats:
    """Of each comparison 1 where the mean of the criteria is right, 0 where wrong, 1/2 of a tie; loop over all."""
    found = []
    for i, label in enumerate(sign):
        away = met[:, i, 0].mean() - met[:, i, 1].mean()
        found.append(0.5 if abs(away) < 1e-9 else float(away * label > 0))
    return np.array(found)


def measured(design: Design, seed: int = 0) -> ProofControls:
    found = controls_of(draw(design, seed).tried)
    assert found is not None
    return found


def test_sizes_are_every_one_up_to_eight_then_the_doubled_ones_and_all() -> None:
    assert sizes_up_to(3) == [1, 2, 3]
    assert sizes_up_to(8) == list(range(1, 9))
    assert sizes_up_to(40) == [*range(1, 9), 16, 32, 40]


@pytest.mark.parametrize("k", [1, 2, 3, 6])
def test_random_sets_are_as_right_as_all_sets_of_that_size_are_on_average(k: int) -> None:
    tried = draw(FEW, 3).tried
    met, sign = tried.heard.met[0], tried.trials.sign
    every = [points(met[list(some)], sign) for some in combinations(range(6), k)]
    size = measured(FEW, 3).sizes[k - 1]
    assert size.n_criteria == k
    assert size.random.value == pytest.approx(np.mean(every))
    assert size.random.n == 200


def test_the_best_are_chosen_on_other_prompts_than_they_are_measured_on() -> None:
    tried = draw(FEW, 4).tried
    met, sign = tried.heard.met[0], tried.trials.sign
    wins = (met[..., 0] - met[..., 1]) * sign
    for k in (1, 3):
        found = np.empty(200)
        for part in range(5):
            here = np.arange(200) % 5 == part
            order = sorted(range(6), key=lambda i: (-wins[i, ~here].sum(), i))
            found[here] = points(met[np.ix_(order[:k], np.flatnonzero(here))], sign[here])
        size = measured(FEW, 4).sizes[k - 1]
        assert size.best is not None
        assert size.best.value == pytest.approx(found.mean())
        assert size.ties == pytest.approx((found == 0.5).mean())
        assert size.over_random is not None
        assert size.over_random.value == pytest.approx(size.best.value - size.random.value)
        assert size.over_random.low is not None


def test_of_criteria_that_say_nothing_the_best_are_no_better_than_random_ones() -> None:
    nothing = Design(n_comparisons=300, n_candidates=20, n_real=0, by_length=(0, 0))
    over, real = [], []
    for seed in range(40):
        sizes = {one.n_criteria: one for one in measured(nothing, seed).sizes}
        figure = sizes[4].over_random
        assert figure is not None
        over.append(figure.low is not None and figure.low > 0)
        sizes = {one.n_criteria: one for one in measured(nothing._replace(n_real=4), seed).sizes}
        figure = sizes[4].over_random
        assert figure is not None
        real.append(figure.low is not None and figure.low > 0)
    assert np.mean(over) <= 0.1  # 2.5 % of intervals lie above 0 by chance
    assert np.mean(real) >= 0.9


def test_ten_coins_tie_as_often_as_binomials_do() -> None:
    n = 20_000
    rng = np.random.default_rng(1)
    met = (rng.random((10, n, 2)) < 0.5).astype(float)
    found = controls_of(tried_on(trials(n), met))
    assert found is not None
    assert found.sizes[-1].ties == pytest.approx(comb(20, 10) / 2**20, abs=0.01)


def test_where_length_alone_decides_criteria_add_nothing_to_it() -> None:
    rng = np.random.default_rng(2)
    n = 400
    length = np.exp(rng.normal(6, 0.5, (n, 2)))
    longer = np.sign(length[:, 0] - length[:, 1])
    held_out = trials(n, length)
    held_out = held_out._replace(sign=longer)
    follows = [
        met_where(np.where(rng.random(n) < 0.8, longer, rng.choice([-1, 0, 1], n))) for _ in "abc"
    ]
    found = controls_of(tried_on(held_out, np.stack(follows)))
    assert found is not None
    assert found.length is not None
    assert found.length.value == 1
    assert found.whole.value > 0.9
    assert found.over_length is not None
    assert found.over_length.high is not None
    assert found.over_length.high <= 0
    assert found.matched is None or (found.matched.low or 0) <= 0.5


def test_a_label_that_prefers_the_shorter_one_makes_the_length_right_as_well() -> None:
    n = 100
    length = np.stack([np.full(n, 100.0), np.full(n, 200.0)], axis=1)
    held_out = trials(n, length)._replace(sign=np.ones(n))
    met = np.stack([met_where(np.ones(n)), met_where(np.zeros(n))])
    found = controls_of(tried_on(held_out, met))
    assert found is not None
    assert found.length is not None
    assert found.length.value == 1


def test_lengths_that_nobody_knows_are_no_control() -> None:
    met = np.stack([met_where(np.ones(20)), met_where(np.zeros(20))])
    found = controls_of(tried_on(trials(20), met))
    assert found is not None
    assert (found.length, found.over_length, found.matched) == (None, None, None)


def test_comparisons_of_one_prompt_leave_nothing_to_choose_by() -> None:
    met = np.stack([met_where(np.ones(8)), met_where(np.zeros(8))])
    found = controls_of(tried_on(trials(8, cluster=[0] * 8), met))
    assert found is not None
    assert [one.best for one in found.sizes] == [None, None]


def test_what_says_nothing_of_a_comparison_is_a_tie_beside_what_does() -> None:
    met = np.stack([met_where(np.ones(40)), np.full((40, 2), np.nan)])
    found = controls_of(tried_on(trials(40)._replace(sign=np.ones(40)), met))
    assert found is not None
    assert [one.random.value for one in found.sizes] == [0.75, 1.0]


def test_criteria_from_exchanged_labels_are_measured_at_the_same_sizes() -> None:
    tried = draw(FEW, 5).tried
    turned = draw(FEW._replace(n_real=0, n_candidates=3), 6).tried
    found = controls_of(tried, FlippedRubric(turned, 0.25))
    assert found is not None
    assert (found.n_flipped, found.flipped_overlap) == (3, 0.25)
    of_it = [one.flipped for one in found.sizes]
    assert [one is None for one in of_it] == [False, False, False, True, True, True]
    assert of_it[2] is not None
    met, sign = turned.heard.met[0], turned.trials.sign
    assert of_it[2].value == pytest.approx(points(met, sign).mean())


def test_the_proof_of_a_wide_rubric_by_all_judges_holds_them() -> None:
    tried = draw(FEW, 7).tried
    proofs = list(prove([tried], ProofThresholds(), "r" * 64))
    with_them = [one for one in proofs if one.controls]
    assert [(one.criterion_id, one.annotator_id) for one in with_them] == [(None, None)]
    assert with_them[0].controls == controls_of(tried)


def test_a_rubric_of_one_prompt_or_of_one_criterion_has_none() -> None:
    tried = draw(FEW, 8).tried
    assert controls_of(tried._replace(prompt_group="p")) is None
    assert proven(tried_on(trials(40), met_where(np.ones(40))[None])).controls is None
