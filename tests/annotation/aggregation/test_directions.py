"""Directions of departure hold just what the whole covariance of the voices' departures says of the gold items."""

import numpy as np
import pytest
from scipy import sparse

from winnow.annotation.aggregation import directions
from winnow.annotation.aggregation.directions import Departures, find_directions, gather_departures
from winnow.annotation.aggregation.kinship import find_kinship
from winnow.annotation.aggregation.voices import Voices
from winnow.annotation.aggregation.votes import Floats, Ints

ONE = np.zeros(30, np.int64)
THREE = np.arange(30) % 3


def drawn(n_voices: int, n_items: int = 30) -> Voices:
    rng = np.random.default_rng(0)
    item, voice = np.nonzero(rng.random((n_items, n_voices)) < 0.7)
    common = rng.choice([-1.0, 1.0], n_items)
    lean = np.where(rng.random(len(item)) < 0.7, common[item], rng.choice([-1.0, 0, 1], len(item)))
    return Voices(item, voice, lean, np.arange(n_voices), n_items, n_voices)


def laid_out(n_voices: int, subset: Ints, *, is_stated: bool = False) -> Departures:
    voices, reach = drawn(n_voices), np.linspace(0.3, 1, n_voices)
    rank = np.random.default_rng(2).uniform(-1, 1, len(voices.lean)) * is_stated
    return gather_departures(voices, reach, subset, voices.lean * rank)


def covariance(found: Departures, kinship: "sparse.csr_array") -> Floats:
    leans = found.leans.toarray()
    return np.asarray(leans @ kinship.toarray() @ leans.T)


def test_kinship_is_the_cosine_of_leans_over_all_items() -> None:
    voices = drawn(4)
    table = np.zeros((30, 4))
    table[voices.item, voices.voice] = voices.lean
    length = np.sqrt((table**2).sum(axis=0))
    assert find_kinship(voices).toarray() == pytest.approx(
        table.T @ table / np.outer(length, length)
    )


def test_kinship_of_a_voice_that_never_leans_is_to_itself_alone() -> None:
    voices = drawn(3)
    silent = voices._replace(lean=np.where(voices.voice == 1, 0.0, voices.lean))
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
def test_a_step_adds_to_a_log_odds_what_it_adds_to_each_voice_times_its_lean(n_gold: int) -> None:
    voices, departures = drawn(8), laid_out(8, ONE)
    found = find_directions(departures, departures.kinships[1], np.arange(n_gold))
    step = np.random.default_rng(1).normal(size=found.gold.shape[1])
    ((_, coordinates),) = found.coordinates()
    added = np.bincount(voices.item, found.of_voice(step)[voices.voice] * voices.lean, 30)
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
