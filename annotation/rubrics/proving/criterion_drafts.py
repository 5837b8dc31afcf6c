"""The figures of the criteria of one rubric."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Floats, Ints
from winnow.annotation.rubrics.proving.agreeing import judge_agreement, people_agreement
from winnow.annotation.rubrics.proving.difference import left_out
from winnow.annotation.rubrics.proving.draft import Draft, Refusal, first_of, percent
from winnow.annotation.rubrics.proving.lengths import matched, rank_correlation
from winnow.annotation.rubrics.proving.opposites import opposites
from winnow.annotation.rubrics.proving.shares import Wins, share
from winnow.annotation.rubrics.proving.thresholds import ProofThresholds
from winnow.annotation.rubrics.proving.trials import over_responses
from winnow.annotation.rubrics.proving.tried import TriedRubric
from winnow.schemas.rubrics import MeasuredFigure, Refused


class Findings(NamedTuple):
    """What one judge, or all together, find by the criteria of a rubric."""

    annotator_id: str | None
    """The judge; None for all together."""

    met: Floats
    """Shape (n_criteria, n, 2): 1 met, 0 not met, NaN where it cannot be said."""

    asked: Floats
    """Shape (n_criteria, n, 2): share of the judges asked that could say; NaN where none was asked."""


def criterion_drafts(
    tried: TriedRubric, found: Findings, weight: Floats, thresholds: ProofThresholds
) -> Iterator[Draft]:
    """Measure each criterion of a rubric on its own.

    Args:
        tried: The rubric and its comparisons.
        found: What a judge, or all together, find.
        weight: Shape (n_judges,), by which judges count where their agreement is measured.
        thresholds: What has to be reached.
    """
    trials, criteria = tried.trials, tried.criteria
    away = found.met[..., 0] - found.met[..., 1]
    outcomes = away * trials.sign * criteria.sign[:, None]
    wins = [Wins.of(row, trials.cluster, counts_ties=False) for row in outcomes]
    responses = over_responses(found.met, trials)
    merit = np.nansum(np.sign(outcomes), axis=1)
    turned = {
        one.criterion: one
        for one in opposites(responses, criteria.is_pitfall, merit, thresholds.opposite)
    }
    cost = left_out(found.met, criteria.weight * criteria.sign, trials.sign, trials.cluster)
    cluster = np.repeat(trials.cluster, 2)[trials.places]
    length = over_responses(trials.length, trials)
    for i, criterion_id in enumerate(tried.criterion_ids):
        said = over_responses(found.asked[i], trials)
        applies = share(said[~np.isnan(said)], cluster[~np.isnan(said)])
        separates = share((np.nan_to_num(outcomes[i]) != 0).astype(np.float64), trials.cluster)
        correlation = rank_correlation(responses[i], length, len(np.unique(cluster)))
        agreement = people = None
        if found.annotator_id is None and len(tried.heard.judges) > 1:
            shares = over_responses(tried.heard.met[:, i], trials)
            said_by_each = np.where(shares == 0.5, np.nan, np.round(shares))
            agreement = judge_agreement(said_by_each, weight, cluster)
        if len(tried.heard.people):
            of_people = over_responses(tried.heard.people[:, i], trials)
            people = people_agreement(responses[i], of_people, cluster)
        other = turned.get(i)
        yield Draft(
            tried.rubric_id,
            criterion_id,
            found.annotator_id,
            trials.n,
            wins[i],
            matched(outcomes[i], away[i] * criteria.sign[i], trials.length, trials.cluster),
            {
                "applies": applies,
                "separates": separates,
                "left_out": cost[i],
                "judge_agreement": agreement,
                "people_agreement": people,
                "length_correlation": correlation,
            },
            first=first_of(
                _too_rare(separates, outcomes[i], trials.cluster, thresholds),
                other
                and Refusal(
                    other.reason,
                    f"phi {other.phi:.2f} with criterion {tried.criterion_ids[other.other]}, wanted "
                    f"{thresholds.opposite:g} or above",
                ),
            ),
            then=first_of(
                below("judges_disagree", "judges agree", agreement, thresholds.judge_agreement),
                below("people_disagree", "agrees with people", people, thresholds.people_agreement),
            ),
        )


def below(
    reason: Refused, words: str, found: MeasuredFigure | None, least: float
) -> Refusal | None:
    """Refuse what is measured and lies below its threshold."""
    if found is None or found.value >= least:
        return None
    return Refusal(reason, f"{words} {found.value:.2f}, wanted {least:g} or above")


def _too_rare(
    separates: MeasuredFigure | None, outcome: Floats, cluster: Ints, thresholds: ProofThresholds
) -> Refusal | None:
    if separates is None:
        return Refusal("too_rare", "no held-out comparison has a label")
    if separates.value >= thresholds.separates and separates.value > 0:
        return None
    n = int((np.nan_to_num(outcome) != 0).sum())
    n_clusters = len(np.unique(cluster[np.nan_to_num(outcome) != 0]))
    said = f"separates {n} of {separates.n} comparisons ({percent(separates.value)}), wanted "
    said += percent(thresholds.separates) if thresholds.separates else "any"
    if n and n_clusters == 1 and len(np.unique(cluster)) > 1:
        return Refusal("single_example", f"{said}; all of one prompt")
    return Refusal("too_rare", said)
