"""How probable a tie is, given the evidence for either side and the tie verdicts."""

from typing import NamedTuple

import numpy as np
import scipy

from winnow.annotation.aggregation.tie_verdicts import TieVerdicts
from winnow.annotation.aggregation.votes import Bools, Floats

PRIOR_TRUST, PRIOR_TRUST_SD = 0.35, 0.25
"""Mean and standard deviation of the factor on what tie verdicts tell: below 1, for annotators err together. On people and
judges of the development sets .35 to .5 are alike; two judges alone would have it at .25, people alone at 1."""
PRIOR_BASE_SD = 1.0
"""Standard deviation of the base log-odds of a tie around that which the verdicts give."""


class TieRule(NamedTuple):
    """P(tie) = v / (v + 2 cosh(log_odds / 2)) with v = exp(base + trust * evidence of the tie verdicts)."""

    base: float
    trust: float

    def probability(self, log_odds: Floats, evidence: Floats) -> Floats:
        """Return P(tie) for each item."""
        return scipy.special.expit(self.base + self.trust * evidence - _log_cosh(log_odds))


def fit_ties(log_odds: Floats, verdicts: TieVerdicts, is_known: Bools, is_tie: Bools) -> TieRule:
    """Fit the threshold between tie and decision.

    Before gold, the base is such that as many items are ties as the tie verdicts tell. Gold then moves base and trust by
    maximum a posteriori.

    Args:
        log_odds: Shape (n_items,): of a over b.
        verdicts: What the tie verdicts tell of the items.
        is_known: Shape (n_items,): whether there is gold.
        is_tie: Shape (n_items,): whether gold says tie.

    Source: Davidson 1970, J. Am. Stat. Assoc. 65(329), 317-328 (ties in paired comparison).
    """
    start = np.array([_base_for(verdicts, log_odds), PRIOR_TRUST])
    if not is_known.any():
        return TieRule(*start)
    sd = np.array([PRIOR_BASE_SD, PRIOR_TRUST_SD])
    features = np.column_stack([np.ones(int(is_known.sum())), verdicts.evidence[is_known]])
    offset, outcome = _log_cosh(log_odds[is_known]), is_tie[is_known].astype(float)

    def loss(coefficients: Floats) -> tuple[float, Floats]:
        score = features @ coefficients - offset
        away = (coefficients - start) / sd
        value = (np.logaddexp(0, score) - outcome * score).sum() + 0.5 * (away**2).sum()
        return float(value), features.T @ (scipy.special.expit(score) - outcome) + away / sd

    return TieRule(*scipy.optimize.minimize(loss, start, jac=True, method="BFGS").x)


def _base_for(verdicts: TieVerdicts, log_odds: Floats) -> float:
    score = PRIOR_TRUST * verdicts.evidence - _log_cosh(log_odds)
    return float(
        scipy.optimize.brentq(
            lambda base: scipy.special.expit(base + score).mean() - verdicts.share, -40.0, 40.0
        )
    )


def _log_cosh(log_odds: Floats) -> Floats:
    return np.logaddexp(log_odds / 2, -log_odds / 2)
