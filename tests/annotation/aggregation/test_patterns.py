import numpy as np
import pytest

from tests.annotation.aggregation.simulated import simulate
from winnow.annotation.aggregation import latent
from winnow.annotation.aggregation.latent import BiasPrior, Trait, fit_trait
from winnow.annotation.aggregation.opinions import gather_opinions
from winnow.annotation.aggregation.patterns import find_patterns
from winnow.annotation.aggregation.raters import Raters
from winnow.annotation.aggregation.verdicts import Verdicts, gather_verdicts
from winnow.annotation.aggregation.votes import read_votes

N = 3


def verdicts(n_items: int) -> Verdicts:
    drawn = simulate([0.9, 0.7, 0.6], n_items=n_items, share=0.9, ties=0.1)
    opinions = gather_opinions(read_votes(drawn.judgments))
    raters = Raters(opinions.item, opinions.annotator, opinions.lean, np.arange(N), opinions.n_items, N)  # fmt: skip
    return gather_verdicts(opinions, raters)


def fitted(said: Verdicts, n_items: np.ndarray | None = None) -> tuple[np.ndarray, float]:
    wide, start = BiasPrior(np.zeros(N), np.ones(N)), Trait(1.4, np.ones(N), np.zeros(N), 0.0)
    trait, density = fit_trait(said, np.ones(N), wide, start, n_items)
    return np.array([*trait.slope, *trait.bias, trait.tilt]), density


def test_items_of_which_the_same_was_said_are_one_row_and_no_others_are() -> None:
    said = verdicts(800)
    found = find_patterns(said)
    rows = np.hstack([said.total.toarray(), said.for_a.toarray()])
    assert len(found.n_items) == len(np.unique(rows, axis=0)) < 800
    assert found.n_items.sum() == said.total.shape[0]
    back = found.verdicts.of_items(found.of_item)
    assert (back.total != said.total).nnz == (back.for_a != said.for_a).nnz == 0
    assert np.unique(found.of_item, return_index=True)[1].tolist() == sorted(np.unique(found.of_item, return_index=True)[1])  # fmt: skip


def test_a_fit_to_patterns_is_the_one_to_their_items() -> None:
    said = verdicts(800)
    found = find_patterns(said)
    one, other = fitted(said), fitted(found.verdicts, found.n_items)
    assert other[0] == pytest.approx(one[0], abs=1e-10)
    assert other[1] == pytest.approx(one[1], abs=1e-7)
    some = np.arange(0, said.total.shape[0], 3)
    part = found.of_items(some)
    assert fitted(part.verdicts, part.n_items)[0] == pytest.approx(
        fitted(said.of_items(some))[0], abs=1e-10
    )


def test_a_fit_to_runs_of_rows_is_the_one_to_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said = verdicts(800)
    whole = fitted(said)
    monkeypatch.setattr(latent, "CHUNK", 70)
    parted = fitted(said)
    assert parted[0] == pytest.approx(whole[0], abs=1e-10)
    assert parted[1] == pytest.approx(whole[1], abs=1e-7)
