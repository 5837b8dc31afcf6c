"""Directions of departure hold just what the whole covariance of the raters' departures says of the gold items."""

import numpy as np
import pytest
from scipy import sparse

from winnow.annotation.aggregation import directions
from winnow.annotation.aggregation.directions import Departures, find_directions, gather_departures
from winnow.annotation.aggregation.kinship import find_kinship
from winnow.annotation.aggregation.raters import Raters
from winnow.annotation.aggregation.votes import Floats, Ints

ONE = np.zeros(30, np.int64)
THREE = np.arange(30) % 3
SLOPE = np.linspace(-0.4, 2, 20)


def drawn(n_raters: int, n_items: int = 30) -> Raters:
    rng = np.random.default_rng(0)
    item, rater = np.nonzero(rng.random((n_items, n_raters)) < 0.7)
    common = rng.choice([-1.0, 1.0], n_items)
    lean = np.where(rng.random(len(item)) < 0.7, common[item], rng.choice([-1.0, 0, 1], len(item)))
    return Raters(item, rater, lean, np.arange(n_raters), n_items, n_raters)


def laid_out(n_raters: int, subset: Ints, *, is_stated: bool = False) -> Departures:
    raters, reach = drawn(n_raters), np.linspace(0.3, 1, n_raters)
    rank = np.random.default_rng(2).uniform(-1, 1, len(raters.lean)) * is_stated
    return gather_departures(raters, reach, SLOPE[:n_raters], subset, raters.lean * rank)


def covariance(found: Departures, kinship: "sparse.csr_array") -> Floats:
    off = np.eye(len(found.common)) - np.outer(found.common, found.common)
    leans = found.leans.toarray() @ off
    return np.asarray(leans @ kinship.toarray() @ leans.T)


@pytest.mark.parametrize("n_gold", [6, 25])
@pytest.mark.parametrize("which", [0, 1], ids=["alone", "kin"])
def test_no_step_moves_all_raters_as_the_consensus_weighs_them(which: int, n_gold: int) -> None:
    departures = laid_out(8, ONE)
    found = find_directions(departures, departures.kinships[which], np.arange(n_gold))
    step = np.random.default_rng(1).normal(size=found.gold.shape[1])
    moved = found.of_rater(step) / departures.scale**2
    assert moved @ SLOPE[:8] == pytest.approx(0, abs=1e-8)
    assert np.abs(moved).max() > 0.01


def test_a_single_rater_does_not_depart_from_itself() -> None:
    departures = laid_out(1, ONE)
    for n_gold in (1, 6):
        found = find_directions(departures, departures.kinships[0], np.arange(n_gold))
        assert found.gold.shape == (n_gold, 0)


def test_kinship_is_the_cosine_of_leans_over_all_items() -> None:
    raters = drawn(4)
    table = np.zeros((30, 4))
    table[raters.item, raters.rater] = raters.lean
    length = np.sqrt((table**2).sum(axis=0))
    assert find_kinship(raters).toarray() == pytest.approx(
        table.T @ table / np.outer(length, length)
    )


def test_kinship_of_a_rater_that_never_leans_is_to_itself_alone() -> None:
    raters = drawn(3)
    silent = raters._replace(lean=np.where(raters.rater == 1, 0.0, raters.lean))
    assert find_kinship(silent).toarray()[1].tolist() == [0, 1, 0]


@pytest.mark.parametrize("is_stated", [False, True], ids=["verdicts", "certainty"])
@pytest.mark.parametrize("subset", [ONE, THREE], ids=["one", "three"])
@pytest.mark.parametrize("n_gold", [6, 25])
@pytest.mark.parametrize("which", [0, 1], ids=["alone", "kin"])
def test_coordinates_reproduce_the_covariance_of_gold_with_every_item(
    which: int, n_gold: int, subset: Ints, is_stated: bool
) -> None:
    departures, rows = laid_out(8, subset, is_stated=is_stated), np.arange(n_gold)
    kinship = departures.kinships[which]
    found = find_directions(departures, kinship, rows)
    ((items, coordinates),) = found.coordinates()
    whole = covariance(departures, kinship)
    assert coordinates @ found.gold.T == pytest.approx(whole[:, rows], abs=1e-8)
    inside = (coordinates**2).sum(axis=1)
    assert inside + found.outside(items, coordinates) == pytest.approx(np.diag(whole), abs=1e-8)


@pytest.mark.parametrize("n_gold", [6, 25])
def test_a_step_adds_to_a_log_odds_what_it_adds_to_each_rater_times_its_lean(n_gold: int) -> None:
    raters, departures = drawn(8), laid_out(8, ONE)
    found = find_directions(departures, departures.kinships[1], np.arange(n_gold))
    step = np.random.default_rng(1).normal(size=found.gold.shape[1])
    ((_, coordinates),) = found.coordinates()
    added = np.bincount(raters.item, found.of_rater(step)[raters.rater] * raters.lean, 30)
    assert coordinates @ step == pytest.approx(added, abs=1e-8)


def test_a_large_gold_block_is_decomposed_along_its_first_directions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    departures, rows = laid_out(20, ONE), np.arange(16)
    whole = find_directions(departures, departures.kinships[1], rows)
    monkeypatch.setattr(directions, "MAX_WHOLE", 10)
    monkeypatch.setattr(directions, "MAX_DIRECTIONS", 5)
    part = find_directions(departures, departures.kinships[1], rows)
    first = whole.gold[:, :5]
    assert part.gold @ part.gold.T == pytest.approx(first @ first.T, abs=1e-8)
