"""Seven ways to read how sure the annotators' agreement is of each item, before any gold."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy

from winnow.annotation.aggregation.consensus import Consensus
from winnow.annotation.aggregation.sums import sum_by
from winnow.annotation.aggregation.voices import Voices
from winnow.annotation.aggregation.votes import Floats

STEADINESS_POWERS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""How strongly steadiness may weigh: log-odds are multiplied by steadiness to this power."""
LEAST_FACTOR, MOST_FACTOR = 1e-3, 1e3
"""Range of the factor that makes a plain sum as sure as the consensus."""


class Score(NamedTuple):
    """One reading of the agreement, in nats."""

    of_item: Floats
    """Shape (n_items,): log-odds of a over b, the tilt left out."""

    of_voice: Floats
    """Shape (n_voices,): what one decisive verdict of each voice adds."""


class Scores(NamedTuple):
    """What agreement says, read in several ways; no gold has gone into it."""

    of_power: tuple[Score, ...]
    """The consensus, one reading for each of `STEADINESS_POWERS`."""

    sums: tuple[Score, ...]
    """Plain sums of the leans: weighed by the consensus' slopes, and all alike but for voices that contradict themselves."""

    tilt: float
    """Log-odds of a over b before any verdict."""

    ratio: float
    """The ratio that the consensus found; see `consensus.RATIOS`."""


def score_items(voices: Voices, steadiness: Floats, consensus: Consensus) -> Scores:
    """Read the agreement in each way.

    The plain sums are scaled so that on average they are as sure as the consensus is. They know no ceiling: the more
    voices agree, the surer they are.

    Args:
        voices: Leans by item and voice.
        steadiness: Shape (n_voices,).
        consensus: What agreement says.
    """
    powers = tuple(_of_power(power, voices, steadiness, consensus) for power in STEADINESS_POWERS)
    sureness = _sureness(powers[0].of_item)
    slope = consensus.slope
    # One that contradicts itself, or says tie of most, is no equal of the others.
    steady = (steadiness / max(float(steadiness.max(initial=0)), 1e-9)) ** 2
    weights = (slope, np.sign(slope) * steady)
    sums = tuple(_of_sum(weight, voices, sureness) for weight in weights)
    return Scores(powers, sums, consensus.tilt, consensus.ratio)


def _of_power(power: float, voices: Voices, steadiness: Floats, consensus: Consensus) -> Score:
    exponent, slope = steadiness**power, np.abs(consensus.slope)
    # The power shifts weight between voices; how much all of them say together stays.
    said = sum_by(voices.voice, np.abs(voices.lean), voices.n_voices) * slope
    exponent *= said.sum() / max(float(said @ exponent), 1e-12)
    of_item = consensus.log_odds(exponent)
    of_voice = consensus.slope * exponent
    plain = _weighted_sum(voices, of_voice)
    return Score(of_item, of_voice * float(plain @ of_item) / max(float(plain @ plain), 1e-12))


def _of_sum(weight: Floats, voices: Voices, sureness: float) -> Score:
    plain = _weighted_sum(voices, weight)
    factor = _solve(lambda log_factor: _sureness(plain * np.exp(log_factor)) - sureness)
    return Score(plain * factor, weight * factor)


def _solve(excess: Callable[[float], float]) -> float:
    """Find the factor whose logarithm is a root of a rising function, or the end of the range nearest to it."""
    low, high = float(np.log(LEAST_FACTOR)), float(np.log(MOST_FACTOR))
    if excess(low) >= 0:
        return LEAST_FACTOR
    if excess(high) <= 0:
        return MOST_FACTOR
    return float(np.exp(scipy.optimize.brentq(excess, low, high, xtol=1e-9)))


def _weighted_sum(voices: Voices, weight: Floats) -> Floats:
    return sum_by(voices.item, weight[voices.voice] * voices.lean, voices.n_items)


def _sureness(log_odds: Floats) -> float:
    """Return the mean of |P(a) - P(b)|."""
    return float(np.abs(np.tanh(log_odds / 2)).mean())
