"""Log-odds of every item from consensus and gold together."""

from typing import NamedTuple

import numpy as np
import scipy

from annotation.aggregation.consensus import Consensus
from annotation.aggregation.directions import Directions, find_directions
from annotation.aggregation.logistic import Fit, Prior, fit_logistic, left_out, variances
from annotation.aggregation.sums import sum_by
from annotation.aggregation.voices import Voices
from annotation.aggregation.votes import Floats, Ints

STEADINESS_POWERS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""How strongly steadiness may weigh: log-odds are multiplied by steadiness to this power."""
DEVIATIONS = (0.03, 0.06, 0.12, 0.25, 0.5, 1.0)
"""Standard deviations, in nats, that the departure of one voice's verdict from the consensus may have."""
TYPICAL_DEVIATION = 0.4
DEVIATION_SPREAD = 0.8
"""Centre times the consensus' ratio, and log standard deviation of the prior over `DEVIATIONS`: the less the agreement
is due to the truth, the less it tells of an annotator's worth, and the more gold may find otherwise. Simulated families
of sets (bench/label_families.py) do not tell centres of .3 and .4 apart; .4 ranked one of the development sets better."""
TRUST = ((0.85, 1.0, 0.2), (0.15, 1.0, 1.0))
"""Prior of the factor on the consensus: (probability, mean, standard deviation) of each part. The narrow part is a
consensus that is as good as it looks; the wide one reaches below 0, where most annotators are wrong."""
TILT_SD = 0.07
"""Standard deviation of the prior of the items' tilt towards a, in nats, around that of the consensus."""
MAX_TRIAL = 1500
"""Gold items by which the settings are weighed; where there are more, every so many-th of them."""
MIN_SHARE = 1e-3
"""Settings less probable than this, given gold, are left out of the average."""


class Setting(NamedTuple):
    """One combination of the hyper-parameters."""

    power: float
    deviation: float
    trust: tuple[float, float, float]

    def log_prior(self, ratio: float) -> float:
        """Give the log prior probability, up to a constant, where the consensus found this ratio."""
        away = np.log(self.deviation * ratio / TYPICAL_DEVIATION) / DEVIATION_SPREAD
        return float(np.log(self.trust[0]) - 0.5 * away**2)


SETTINGS = tuple(
    Setting(power, deviation, trust)
    for trust in TRUST
    for power in STEADINESS_POWERS
    for deviation in DEVIATIONS
)


class Anchored(NamedTuple):
    """Posterior of P(a | a or b) for each item."""

    p: Floats
    """Shape (n_items,): posterior probability of a over b; of a gold item, without its own gold."""

    sd: Floats
    """Shape (n_items,): posterior standard deviation of the log-odds."""

    weight: Floats
    """Shape (n_voices,): log-odds that one decisive verdict adds, in nats."""

    trust: float
    """Posterior mean of the factor on the consensus; below 0 where gold says the majority is wrong."""


def anchor(
    voices: Voices,
    steadiness: Floats,
    scores: "Scores",
    rows: Ints,
    sign: Floats,
    *,
    subset: Ints,
) -> Anchored:
    """Fit the items' log-odds to gold, with the consensus as prior, averaged over the hyper-parameters.

    The log-odds of item i is  t c_i + b + sum_j d_j x_ij.  c_i is the consensus (the voices' log-likelihoods weighed by
    a power of their steadiness), t the trust in it, b a tilt towards a, x_ij the lean of voice j, and d_j its departure
    from the consensus, normal around 0 with standard deviation `deviation`, more for
    steady voices and less for unsteady ones (the variance is in proportion to steadiness). Given the hyper-parameters
    (`Setting`), the coefficients are at their posterior mode; the settings are weighed by their marginal likelihood
    (Laplace). Without gold the prior stands.

    Args:
        voices: Leans by item and voice.
        steadiness: Shape (n_voices,).
        scores: What agreement says, by `score_items`.
        rows: Indices of the items with decisive gold.
        sign: Their verdicts: +1 for a, -1 for b.
        subset: Shape (n_items,): number of the item's subset; each voice may depart in each subset as well.

    Source: MacKay 1992, Neural Computation 4(3), 448-472 (evidence); the model is ours.
    """
    directions = find_directions(voices, np.sqrt(steadiness), subset, rows)
    of_power = scores.of_power
    designs = {power: _design(score, directions, rows) for power, score in of_power.items()}
    fits, shares = _fits(scores, designs, sign)
    best = int(shares.argmax())
    p = np.zeros(voices.n_items)
    weight = np.zeros(voices.n_voices)
    for k, fit in fits.items():
        score = of_power[SETTINGS[k].power]
        log_odds = score.of_item * fit.mode[0] + fit.mode[1] + directions.project(fit.mode[2:])
        log_odds[rows] = left_out(designs[SETTINGS[k].power], sign, fit)
        p += shares[k] * scipy.special.expit(log_odds)
        weight += shares[k] * (score.of_voice * fit.mode[0] + directions.of_voice(fit.mode[2:]))
    return Anchored(
        p=p,
        sd=_spread(SETTINGS[best], of_power[SETTINGS[best].power], directions, fits[best]),
        weight=weight,
        trust=float(sum(shares[k] * fit.mode[0] for k, fit in fits.items())),
    )


class _Score(NamedTuple):
    of_item: Floats
    of_voice: Floats
    tilt: float
    tilt_sd: float


class Scores(NamedTuple):
    """The consensus in log-odds; no gold has gone into it."""

    of_power: dict[float, _Score]
    """By each of `STEADINESS_POWERS`."""

    ratio: float
    """The ratio that the consensus found."""


def score_items(voices: Voices, steadiness: Floats, consensus: Consensus, tilt_sd: float) -> Scores:
    """Give the consensus in log-odds, weighed by each power of the steadiness.

    Args:
        voices: Leans by item and voice.
        steadiness: Shape (n_voices,).
        consensus: What agreement says.
        tilt_sd: Uncertainty of the leans' common part, from position bias that the orders shown cannot tell.
    """
    powers = STEADINESS_POWERS
    of_power = {power: _score(power, voices, steadiness, consensus, tilt_sd) for power in powers}
    return Scores(of_power, consensus.ratio)


def _score(
    power: float, voices: Voices, steadiness: Floats, consensus: Consensus, tilt_sd: float
) -> _Score:
    exponent, slope = steadiness**power, np.abs(consensus.slope)
    # The power shifts weight between voices; how much all of them say together stays.
    said = sum_by(voices.voice, np.abs(voices.lean), voices.n_voices) * slope
    exponent *= said.sum() / max(float(said @ exponent), 1e-12)
    of_item = consensus.log_odds(exponent)
    of_voice = consensus.slope * exponent
    plain = sum_by(voices.item, of_voice[voices.voice] * voices.lean, voices.n_items)
    of_voice = of_voice * float(plain @ of_item) / max(float(plain @ plain), 1e-12)
    unison = float(np.abs(of_voice)[voices.voice].sum()) / voices.n_items
    return _Score(of_item, of_voice, consensus.tilt, float(np.hypot(TILT_SD, tilt_sd * unison)))


def _design(score: _Score, directions: Directions, rows: Ints) -> Floats:
    return np.column_stack([score.of_item[rows], np.ones(len(rows)), directions.gold])


def _prior(setting: Setting, score: _Score, n_directions: int) -> Prior:
    _, mean, sd = setting.trust
    return Prior(
        np.array([mean, score.tilt] + [0.0] * n_directions),
        np.array([sd**2, score.tilt_sd**2] + [setting.deviation**2] * n_directions),
    )


def _fits(
    scores: Scores, designs: dict[float, Floats], sign: Floats
) -> tuple[dict[int, Fit], Floats]:
    """Fit the settings that gold bears out, by their index, and give the probability of every setting."""
    trial = np.arange(0, len(sign), 1 + len(sign) // MAX_TRIAL)
    fits: list[Fit] = []
    for setting in SETTINGS:
        prior = _prior(setting, scores.of_power[setting.power], designs[setting.power].shape[1] - 2)
        # Neighbouring settings have neighbouring modes.
        start = fits[-1].mode if fits else None
        fits.append(fit_logistic(designs[setting.power][trial], sign[trial], prior, start))
    shares = _shares(fits, scores.ratio)
    used = {int(k): fits[k] for k in np.flatnonzero(shares)}
    if len(trial) < len(sign):
        for k, fit in used.items():
            score, design = scores.of_power[SETTINGS[k].power], designs[SETTINGS[k].power]
            prior = _prior(SETTINGS[k], score, design.shape[1] - 2)
            used[k] = fit_logistic(design, sign, prior, fit.mode)
    return used, shares


def _shares(fits: list[Fit], ratio: float) -> Floats:
    log_shares = [
        fit.evidence + setting.log_prior(ratio) for fit, setting in zip(fits, SETTINGS, strict=True)
    ]
    shares = np.exp(np.array(log_shares) - scipy.special.logsumexp(log_shares))
    shares[shares < MIN_SHARE] = 0
    return shares / shares.sum()


def _spread(setting: Setting, score: _Score, directions: Directions, fit: Fit) -> Floats:
    """Give the standard deviation of each item's log-odds, directions without gold at their prior spread."""
    variance = np.empty(len(score.of_item))
    for start, coordinates, rest in directions.chunks():
        part = slice(start, start + len(rest))
        design = np.column_stack([score.of_item[part], np.ones(len(rest)), coordinates])
        variance[part] = variances(design, fit) + setting.deviation**2 * rest
    return np.sqrt(variance)
