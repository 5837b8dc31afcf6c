"""The figures of a rubric as a whole."""

import numpy as np

from winnow.annotation.aggregation.votes import Floats, Ints
from winnow.annotation.rubrics.proving.difference import chance_of_gain, gain
from winnow.annotation.rubrics.proving.draft import Draft, Refusal, first_of, percent
from winnow.annotation.rubrics.proving.lengths import matched, rank_correlation
from winnow.annotation.rubrics.proving.shares import Wins, share
from winnow.annotation.rubrics.proving.thresholds import ProofThresholds
from winnow.annotation.rubrics.proving.trials import AB, BA, leans
from winnow.annotation.rubrics.proving.tried import TriedRubric
from winnow.schemas.rubrics import MeasuredFigure


def rubric_draft(
    tried: TriedRubric,
    annotator_id: str | None,
    weight: Floats,
    totals: Floats,
    thresholds: ProofThresholds,
) -> Draft:
    """Measure what the verdicts with a rubric are worth.

    Args:
        tried: The rubric and its comparisons.
        annotator_id: The one judge to measure; None for all together.
        weight: Shape (n_judges,), by which judges count together; 0 of all but the one judge.
        totals: Shape (n,): outcome by the totals of the criteria, which counts where no verdict was heard with the rubric.
        thresholds: What has to be reached.
    """
    trials, heard = tried.trials, tried.heard
    outcome = together(heard.votes, weight) * trials.sign
    if np.isnan(outcome).all():
        outcome = totals
    favours = outcome * trials.sign
    without, control = (
        together(votes, weight) * trials.sign for votes in (heard.without, heard.control)
    )
    gained = gain(outcome, without, trials.cluster)
    orders = _both_orders(heard.votes[weight > 0], trials.cluster)
    decided = share((np.nan_to_num(outcome) != 0).astype(np.float64), trials.cluster)
    return Draft(
        tried.rubric_id,
        None,
        annotator_id,
        trials.n,
        Wins.of(outcome, trials.cluster, counts_ties=True),
        matched(outcome, favours, trials.length, trials.cluster),
        {
            "separates": decided,
            "both_orders": orders,
            "gain": gained,
            "length_correlation": rank_correlation(
                _favoured(favours), trials.length.ravel(), len(np.unique(trials.cluster))
            ),
        },
        first=first_of(
            None if trials.n else Refusal("too_rare", "no held-out comparison has a label"),
            _one_order(heard.votes[weight > 0], orders, thresholds),
            _undecided(decided, thresholds),
        ),
        then=first_of(
            _no_gain(outcome, without, trials.cluster, "without it", thresholds),
            _no_gain(
                outcome, control, trials.cluster, "with the rubric of another prompt", thresholds
            ),
        ),
    )


def together(votes: Floats, weight: Floats) -> Floats:
    """Return how far judges lean to a together; shape (n,), NaN where none was heard.

    Args:
        votes: Shape (n_judges, n, 3), see `leans`.
        weight: Shape (n_judges,), not negative.
    """
    lean = leans(votes)
    counts = np.where(np.isnan(lean), 0.0, weight[:, None])
    total = counts.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(total > 0, (counts * np.nan_to_num(lean)).sum(axis=0) / total, np.nan)
    return np.where(np.abs(found) < 1e-9, 0.0, found)


def _favoured(favours: Floats) -> Floats:
    """Say of both responses of each comparison whether it is favoured, flat; NaN where neither is."""
    side = np.where(np.nan_to_num(favours) == 0, np.nan, favours > 0)
    return np.stack([side, 1 - side], axis=1).ravel()


def _both_orders(votes: Floats, cluster: Ints) -> MeasuredFigure | None:
    """Measure how often judges say the same in both orders; None where none was asked in both."""
    ab, ba = votes[..., AB], votes[..., BA]
    is_both = ~np.isnan(ab) & ~np.isnan(ba)
    same = (np.sign(ab) == np.sign(ba)).astype(np.float64)
    return share(same[is_both], np.broadcast_to(cluster, same.shape)[is_both])


def _one_order(
    votes: Floats, orders: MeasuredFigure | None, thresholds: ProofThresholds
) -> Refusal | None:
    if orders is None:
        is_one = bool((~np.isnan(votes[..., [AB, BA]])).any())
        return Refusal("one_order", "judged in one order only, wanted both") if is_one else None
    if orders.value >= thresholds.both_orders:
        return None
    said = f"judged alike in both orders in {percent(orders.value)} of {orders.n}"
    return Refusal("one_order", f"{said}, wanted {percent(thresholds.both_orders)}")


def _undecided(decided: MeasuredFigure | None, thresholds: ProofThresholds) -> Refusal | None:
    if decided is None or (decided.value > 0 and decided.value >= thresholds.separates):
        return None
    return Refusal(
        "too_rare",
        f"decides {percent(decided.value)} of {decided.n} comparisons, wanted {percent(thresholds.separates)}",
    )


def _no_gain(
    outcome: Floats, other: Floats, cluster: Ints, beside: str, thresholds: ProofThresholds
) -> Refusal | None:
    """Refuse what is right no more often than another way, or more often by no more than chance gives."""
    gained = gain(outcome, other, cluster)
    if gained is None:
        return None
    n_clusters = len(np.unique(cluster[~np.isnan(outcome) & ~np.isnan(other)]))
    p = chance_of_gain(gained, n_clusters, thresholds.gain)
    if p <= thresholds.alpha:
        return None
    said = f"accuracy {100 * gained.value:+.1f} points beside judging {beside}"
    if gained.low is not None and gained.high is not None:
        said += f" ({100 * gained.low:+.1f} to {100 * gained.high:+.1f})"
    least = f"{100 * thresholds.gain:g}" if thresholds.gain else "nothing"
    return Refusal(
        "no_gain",
        f"{said}, which what adds {least} does in {percent(p)}, wanted {percent(thresholds.alpha)} at most",
    )
