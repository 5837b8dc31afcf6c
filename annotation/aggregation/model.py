"""The model of comparison labels: test-retest reliability, consensus, gold and ties put together."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import scipy
from threadpoolctl import threadpool_limits

from winnow.annotation.aggregation.anchor import Anchored, anchor
from winnow.annotation.aggregation.certainty import weigh_certainty
from winnow.annotation.aggregation.consensus import fit_consensus
from winnow.annotation.aggregation.directions import gather_departures
from winnow.annotation.aggregation.gold import CLASSES, UNKNOWN, GoldVerdicts
from winnow.annotation.aggregation.latent import BiasPrior
from winnow.annotation.aggregation.opinions import Opinions
from winnow.annotation.aggregation.posterior import Posterior
from winnow.annotation.aggregation.raters import Raters, gather_raters, mean_by_rater
from winnow.annotation.aggregation.retest import measure_retest
from winnow.annotation.aggregation.scores import score_items
from winnow.annotation.aggregation.sums import count_by, sum_by
from winnow.annotation.aggregation.tie_verdicts import TieVerdicts, weigh_ties
from winnow.annotation.aggregation.ties import fit_ties
from winnow.annotation.aggregation.unanchored import unanchored
from winnow.annotation.aggregation.verdicts import gather_verdicts
from winnow.annotation.aggregation.votes import Bools, Floats, Votes
from winnow.schemas.plurals import agreeing, counted

TIE = CLASSES.index("tie")
INTERVAL_Z = 1.645
"""Standard deviations either side of the mean that hold 90 % of a normal distribution."""
BIAS_SD, BIAS_SD_ONE_SIDED = 1.0, 0.1
"""Standard deviation of a position bias around that which both orders show, in nats: of annotators that saw both orders,
for whom the verdicts tell it, and of those that saw one only, for whom it cannot be told from a tilt of the items."""
MAX_BIAS = 0.95
"""Position biases are taken as no larger than this, so that their log-odds stay finite."""
MIN_PROBABILITY = 1e-9
"""No side is held for less probable than this."""


def comparison_model(votes: Votes, opinions: Opinions) -> Callable[[GoldVerdicts], Posterior]:
    """Fit a model of each annotator's accuracy, position bias and copying; gold anchors it where there is any.

    1. Each annotator against itself: position bias is taken out of its verdicts, and the test-retest reliability
       between the two orders measured (`retest`). A verdict that flips with the order leans nowhere.
    2. Copies are merged into one rater (`raters`). Opinions of which an annotator says it is more certain count for more, as
       far as the others bear them out more often (`certainty`), and as far as gold does (`directions`).
    3. Raters against each other: a latent-trait model finds from agreement alone how well each follows what the others
       see, which place it favours, and how far agreement may be due to errors they share (`consensus`, `latent`).
    4. Against gold: several readings of the agreement, how sure it should have been, whose a tilt is and how far single
       raters depart from it, each as far as gold bears it out (`anchor`). An annotator's weight may turn negative, and so
       may the trust in the whole agreement; where the judgments name subsets, weights may differ between them.
    5. Ties: what a tie verdict is worth is found from the verdicts (`tie_verdicts`), how sure a tie is from that and from
       how even the evidence is for either side (`ties`).

    The label of a gold item is computed without its own verdict: the regression's prediction is the one with that
    item left out. Only the two numbers of the tie rule and the weights of the hypotheses have seen it.
    """
    measured = measure_retest(opinions)
    lean = opinions.lean - measured.place_bias[opinions.annotator] * opinions.shown
    certainty = weigh_certainty(opinions)
    raters = gather_raters(
        opinions.item,
        opinions.annotator,
        lean,
        certainty.size,
        n_items=opinions.n_items,
        n_annotators=opinions.n_annotators,
    )
    n_members = count_by(raters.rater_of, raters.n_raters)
    retest = sum_by(raters.rater_of, measured.retest, raters.n_raters) / n_members
    verdicts = gather_verdicts(replace(opinions, lean=opinions.lean * certainty.size), raters)
    expected = _expected_bias(opinions, raters, measured.place_bias)
    consensus = fit_consensus(verdicts, retest / max(float(retest.mean()), 1e-9), expected)
    scores = score_items(raters, retest, consensus)
    certain = mean_by_rater(raters, opinions.item, opinions.annotator, lean * certainty.rank)
    departures = gather_departures(
        raters, np.sqrt(retest), scores.of_power[0].of_rater, votes.subset, certain
    )
    # Annotators that saw one order and lean alike show a tilt of the items; those that differ, places that they favour.
    is_open = measured.tilt_sd > 0
    one_order = float(_saw_one_order(opinions)[opinions.annotator].mean()) if is_open else 0.0
    tie_verdicts = weigh_ties(opinions)

    def label(gold: GoldVerdicts) -> Posterior:
        is_decisive = (gold.verdict != UNKNOWN) & (gold.verdict != TIE)
        rows = np.flatnonzero(is_decisive)
        sign = np.where(gold.verdict[rows] == 0, 1.0, -1.0)
        if len(rows):
            # Its tables are many and small: threads that share one wait for each other longer than they work.
            with threadpool_limits(1, user_api="blas"):
                anchored = anchor(scores, departures, rows, sign, one_order=one_order)
        else:
            anchored = unanchored(raters, scores, departures, measured.tilt_sd)
        p = np.clip(anchored.p, MIN_PROBABILITY, 1 - MIN_PROBABILITY)
        log_odds = np.log(p) - np.log1p(-p)
        return Posterior(
            probabilities=_with_ties(p, log_odds, tie_verdicts, gold),
            weight=anchored.weight[raters.rater_of] / n_members[raters.rater_of],
            low=scipy.special.expit(log_odds - INTERVAL_Z * anchored.sd),
            high=scipy.special.expit(log_odds + INTERVAL_Z * anchored.sd),
            copy_group=raters.rater_of,
            notes=_notes(raters, anchored, len(rows)),
        )

    return label


def _expected_bias(opinions: Opinions, raters: Raters, place_bias: Floats) -> BiasPrior:
    sd = np.where(_saw_one_order(opinions), BIAS_SD_ONE_SIDED, BIAS_SD)
    mean = 2 * np.arctanh(np.clip(place_bias, -MAX_BIAS, MAX_BIAS))
    n_members = count_by(raters.rater_of, raters.n_raters)
    return BiasPrior(
        sum_by(raters.rater_of, mean, raters.n_raters) / n_members,
        sum_by(raters.rater_of, sd, raters.n_raters) / n_members,
    )


def _saw_one_order(opinions: Opinions) -> Bools:
    n = np.maximum(count_by(opinions.annotator, opinions.n_annotators), 1)
    shown = sum_by(opinions.annotator, opinions.shown.astype(float), opinions.n_annotators)
    return np.asarray(np.abs(shown) == n)


def _with_ties(p: Floats, log_odds: Floats, found: TieVerdicts, gold: GoldVerdicts) -> Floats:
    rule = fit_ties(log_odds, found, gold.verdict != UNKNOWN, gold.verdict == TIE)
    tie = rule.probability(log_odds, found.evidence)
    return np.column_stack([(1 - tie) * p, (1 - tie) * (1 - p), tie])


def _notes(raters: Raters, anchored: Anchored, n_gold: int) -> tuple[str, ...]:
    notes = []
    n_copies = len(raters.rater_of) - raters.n_raters
    if n_copies:
        notes.append(
            f"{n_copies} of {counted(len(raters.rater_of), 'annotator')} "
            f"{agreeing(n_copies, 'copies another and counts', 'copy another and count')} as one with it"
        )
    if n_gold == 0:
        notes.append(
            "no gold anchors these labels: the majority of the annotators, by weight, is assumed to be right "
            "more often than wrong"
        )
    elif anchored.trust < 0:
        notes.append(
            f"gold says that the majority is wrong more often than right: {counted(n_gold, 'gold item')} turned the labels round, "
            "except where all say the same"
        )
    return tuple(notes)
