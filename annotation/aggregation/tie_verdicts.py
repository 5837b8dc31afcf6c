"""What tie verdicts tell: how often each annotator calls a tie what is one, and what is none."""

from typing import NamedTuple

import numpy as np
import scipy

from winnow.annotation.aggregation.opinions import Opinions
from winnow.annotation.aggregation.sums import count_by, sum_by
from winnow.annotation.aggregation.votes import Bools, Floats, Ints

TYPICAL_OF_TIES = 0.7
"""Share of the ties that an annotator calls one, before anything is known."""
TYPICAL_FALSE = 0.25
"""How often an annotator says tie of what is none, before anything is known, relative to how often ties are said at all."""
PRIOR_OPINIONS = 10.0
"""Opinions that the typical shares are worth, and that the shares of all annotators are worth to each."""
MAX_EVIDENCE = 8.0
"""Most, in nats, that tie verdicts may add to or take from the log-odds of a tie."""
MAX_ROUNDS = 60
TOLERANCE = 1e-4
"""Rounds end once the share of ties moves by less."""
MAX_SAMPLE = 20_000
"""Items that the shares are fitted on; where there are more, as many drawn at random."""


class TieVerdicts(NamedTuple):
    """What tie verdicts tell of the items."""

    evidence: Floats
    """Shape (n_items,): log-likelihood ratio, in nats, of what was said if the item is a tie, against if it is none."""

    share: float
    """Share of the items that are ties."""


class _Shares(NamedTuple):
    of_ties: Floats
    """Shape (n_annotators,): how often each says tie of a tie."""

    of_others: Floats
    """Shape (n_annotators,): how often each says tie of what is none; never more than of a tie."""

    ties: float
    """Share of the items that are ties."""

    def evidence(self, opinions: Opinions) -> Floats:
        """Add up the log-likelihood ratios of each item's opinions; one without any has 0."""
        of_tie = np.log(self.of_ties / self.of_others)
        of_none = np.log1p(-self.of_ties) - np.log1p(-self.of_others)
        total = opinions.tie * of_tie[opinions.annotator]
        total += (1 - opinions.tie) * of_none[opinions.annotator]
        of_item = sum_by(opinions.item, total, opinions.n_items)
        return np.clip(of_item, -MAX_EVIDENCE, MAX_EVIDENCE)


def weigh_ties(opinions: Opinions) -> TieVerdicts:
    """Find out from the verdicts alone what a tie verdict is worth.

    An item is a tie or it is none, and each annotator says tie of the one more often than of the other. Where tie
    verdicts meet on the same items they prove each other right, and so does one for annotators that others bear out;
    where they fall anywhere they tell little. Where each item has one opinion the typical shares stand.

    Source: Dawid and Skene 1979, Applied Statistics 28(1), 20-28, on the two classes tie and none, with priors.
    """
    if not opinions.tie.any():
        n = len(opinions.item)
        return TieVerdicts(np.zeros(opinions.n_items), 0.5 / (n + 1))
    shares = _fit(_sample(opinions))
    evidence = shares.evidence(opinions)
    is_tie = scipy.special.expit(scipy.special.logit(shares.ties) + evidence)
    return TieVerdicts(evidence, float((is_tie.sum() + 0.5) / (opinions.n_items + 1)))


def _sample(opinions: Opinions) -> Opinions:
    """Return the opinions on the items that the shares are fitted on."""
    if opinions.n_items <= MAX_SAMPLE:
        return opinions
    drawn = np.random.default_rng(0).permutation(opinions.n_items)[:MAX_SAMPLE]
    place = np.full(opinions.n_items, -1)
    place[np.sort(drawn)] = np.arange(MAX_SAMPLE)
    rows: Bools = place[opinions.item] >= 0
    return opinions.of_rows(rows, place[opinions.item[rows]], MAX_SAMPLE)


def _fit(opinions: Opinions) -> _Shares:
    n, told = opinions.n_annotators, opinions.annotator
    share_of_ties = float((opinions.tie.sum() + 0.5) / (len(opinions.item) + 1))
    typical_false = share_of_ties * TYPICAL_FALSE
    shares = _Shares(
        np.full(n, TYPICAL_OF_TIES), np.full(n, typical_false), min(share_of_ties, 0.5)
    )
    is_heard = count_by(opinions.item, opinions.n_items) > 0
    for _ in range(MAX_ROUNDS):
        q = scipy.special.expit(scipy.special.logit(shares.ties) + shares.evidence(opinions))
        share = float((q[is_heard].sum() + 0.5) / (is_heard.sum() + 1))
        of_item = q[opinions.item]
        of_ties = _share(told, of_item, opinions.tie, TYPICAL_OF_TIES, n)
        of_others = _share(told, 1 - of_item, opinions.tie, typical_false, n)
        moved = abs(share - shares.ties)
        shares = _Shares(np.maximum(of_ties, of_others), of_others, share)
        if moved < TOLERANCE:
            break
    return shares


def _share(annotator: Ints, weight: Floats, tie: Floats, typical: float, n: int) -> Floats:
    """Return how often each annotator says tie, drawn towards all of them, and those towards the typical share."""
    tied, total = sum_by(annotator, weight * tie, n), sum_by(annotator, weight, n)
    pooled = (tied.sum() + PRIOR_OPINIONS * typical) / (total.sum() + PRIOR_OPINIONS)
    found = (tied + PRIOR_OPINIONS * pooled) / (total + PRIOR_OPINIONS)
    return np.clip(found, 1e-4, 1 - 1e-4)
