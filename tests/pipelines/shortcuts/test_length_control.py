from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.pipelines.shortcuts.simulated import at_random, stage_release
from winnow.pipelines.shortcuts.length_control import control_length, length_controlled_margins
from winnow.pipelines.shortcuts.pairs import Pairs
from winnow.schemas.preferences import Preference

Floats = NDArray[np.float64]


def simulated(n: int, effect: float) -> tuple[Pairs, Floats, Floats, Floats]:
    """Give pairs, the probabilities of both sides, and the log-odds that quality alone would give, length known."""
    random = np.random.default_rng(0)
    longer_by = random.normal(0, 400, n)
    models = random.integers(0, 3, (2, n))
    quality = random.normal(0, 1, n) + np.array([1, -1]) @ np.array([-1.0, 0.0, 1.0])[models]
    log_odds = quality + effect * np.tanh(longer_by / np.sqrt((longer_by**2).mean()))
    turned = np.sign(log_odds)  # what is chosen is what the label says
    chosen = 0.9 / (1 + np.exp(-np.abs(log_odds)))  # a tenth is the tie's
    one, other = np.where(turned > 0, models, models[::-1])
    pairs = Pairs(np.arange(n), {}, longer_by * turned, one, other, ["x", "y", "z"])
    return pairs, chosen, 0.9 - chosen, quality * turned


@pytest.mark.parametrize("effect", [-1.0, 0.0, 1.5])
def test_a_known_effect_of_length_is_taken_out(effect: float) -> None:
    pairs, chosen, rejected, quality = simulated(20_000, effect)
    margins = length_controlled_margins(chosen, rejected, pairs)
    assert np.abs(margins - 0.9 * np.tanh(quality / 2)).max() < 0.03


def test_labels_that_rest_on_length_alone_get_negative_margins() -> None:
    pairs, chosen, rejected, quality = simulated(20_000, 1.5)
    margins = length_controlled_margins(chosen, rejected, pairs)
    clear = np.abs(quality) > 0.1
    assert ((margins < 0) == (quality < 0))[clear].all()
    assert 0.1 < (margins < 0).mean() < 0.3


def test_without_differences_in_length_the_margin_stays_what_it_is() -> None:
    pairs, chosen, rejected, _ = simulated(100, 0.0)
    found = length_controlled_margins(chosen, rejected, pairs._replace(longer_by=np.zeros(100)))
    assert found == pytest.approx(chosen - rejected)


def test_certain_labels_have_finite_margins() -> None:
    pairs, chosen, _, _ = simulated(100, 1.0)
    found = length_controlled_margins(np.ones_like(chosen), np.zeros_like(chosen), pairs)
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= 1


def test_ties_and_small_releases_have_none(tmp_path: Path) -> None:
    staging = stage_release(tmp_path, 60, at_random)
    rows = Preference.from_table(staging.read(Preference))
    rows[0] = rows[0].model_copy(update={"is_tied": True})
    table = Preference.to_table(rows)
    found = control_length(table, staging)["length_controlled_margin"].to_pylist()
    assert found[0] is None
    assert None not in found[1:]
    few = control_length(table[:50], staging)  # one of them a tie
    assert few["length_controlled_margin"].null_count == 50
