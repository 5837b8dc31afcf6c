"""The proof of many rubrics beside each other."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Floats
from winnow.annotation.rubrics.proving.agreeing import judge_weights
from winnow.annotation.rubrics.proving.chance import chance_of_passing, holm
from winnow.annotation.rubrics.proving.criterion_drafts import Findings, criterion_drafts
from winnow.annotation.rubrics.proving.difference import total_outcome
from winnow.annotation.rubrics.proving.draft import Draft, Refusal, first_of, percent
from winnow.annotation.rubrics.proving.rubric_draft import rubric_draft
from winnow.annotation.rubrics.proving.thresholds import ProofThresholds
from winnow.annotation.rubrics.proving.trials import leans, majority
from winnow.annotation.rubrics.proving.tried import TriedRubric
from winnow.schemas.rubrics import MeasuredFigure, Proof


def prove(
    tried: Iterable[TriedRubric],
    thresholds: ProofThresholds,
    run_id: str,
    *,
    before: Iterable[Proof] = (),
) -> Iterator[Proof]:
    """Say of each rubric, and of each criterion of it, what was measured and whether it may be used.

    Each is measured by all judges together, weighed by their reliability, and by each judge. One that says nothing about
    the label passes with probability alpha at most among all criteria of all rubrics, and among all rubrics likewise.

    Args:
        tried: The rubrics; looked at one by one.
        thresholds: What has to be reached.
        run_id: The run that measures.
        before: What was measured before: it was tried as well, unless it was refused without looking at any label.
    """
    drafts = [draft for one in tried for draft in _drafts(one, thresholds)]
    drafts.sort(key=_family)
    known = {(p.rubric_id, p.criterion_id) for p in before if p.n_comparisons}
    for _, family in groupby(drafts, key=_family):
        yield from _decided(list(family), thresholds, run_id, known)


def _family(draft: Draft) -> tuple[bool, str]:
    """Return what is tested beside each other: criteria or rubrics, by all judges or one."""
    return draft.criterion_id is not None, draft.annotator_id or ""


class _Voice(NamedTuple):
    annotator_id: str | None
    weight: Floats
    """Shape (n_judges,)."""


def _drafts(tried: TriedRubric, thresholds: ProofThresholds) -> Iterator[Draft]:
    trials, heard = tried.trials, tried.heard
    weights = tried.criteria.weight * tried.criteria.sign
    weight = judge_weights(leans(heard.without), _leans_by(tried, weights))
    voices = [_Voice(None, weight), *map(_Voice, heard.judges, np.eye(len(heard.judges)))]
    for voice in voices:
        met = majority(heard.met, voice.weight[:, None, None, None])
        could_say = np.where(heard.asked, ~np.isnan(heard.met), np.nan)
        findings = Findings(voice.annotator_id, met, _mean(could_say[voice.weight > 0]))
        yield from criterion_drafts(tried, findings, weight, thresholds)
        total = total_outcome(met, weights, trials.sign)
        yield rubric_draft(tried, voice.annotator_id, voice.weight, total, thresholds)


def _leans_by(tried: TriedRubric, weights: Floats) -> Floats:
    """Say how far each judge leans to a by the rubric: by its verdicts, or else its totals; shape (n_judges, n)."""
    said = leans(tried.heard.votes)
    alone, a_is_better = np.ones((1, 1, 1, 1)), np.ones(tried.trials.n)
    totals = [
        np.sign(total_outcome(majority(met[None], alone), weights, a_is_better))
        for met in tried.heard.met
    ]
    return np.where(np.isnan(said), np.array(totals).reshape(said.shape), said)


def _mean(values: Floats) -> Floats:
    """Return the mean over judges of what is known; NaN where nothing is."""
    n = (~np.isnan(values)).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.where(n > 0, np.nansum(values, axis=0) / n, np.nan)


def _decided(
    family: Sequence[Draft],
    thresholds: ProofThresholds,
    run_id: str,
    known: Collection[tuple[str, str | None]],
) -> Iterator[Proof]:
    """Decide on what was tried beside each other."""
    is_of_criteria = family[0].criterion_id is not None
    before = {key for key in known if (key[1] is not None) == is_of_criteria}
    n_tried = len(before | {(draft.rubric_id, draft.criterion_id) for draft in family})
    tested = holm(np.array([draft.p for draft in family]), thresholds.alpha, n_tried)
    for draft, passes, level in zip(family, tested.passes, tested.level.tolist(), strict=True):
        accuracy = draft.wins.measured(level)
        words = _words(draft, accuracy, n_tried, level)
        is_above = passes and accuracy is not None and (accuracy.low or 0) > 0.5
        refusal = first_of(
            draft.first, None if is_above else _not_above(draft, accuracy, words), draft.then
        )
        yield Proof.model_validate(
            draft.proof(
                run_id=run_id,
                n_tried=n_tried,
                accuracy=accuracy,
                is_kept=refusal is None,
                reason=refusal and refusal.reason,
                detail=refusal.detail if refusal else words,
            )
        )


def _not_above(draft: Draft, accuracy: MeasuredFigure | None, words: str) -> Refusal:
    """Say of what fails whether it is right no more often than a coin, or than the length."""
    if accuracy is None or (accuracy.low or 0) <= 0.5:
        return Refusal("not_above_chance", words)
    correlation = draft.figures["length_correlation"]
    rho = "" if correlation is None else f"; rank correlation with length {correlation.value:.2f}"
    return Refusal("length", f"{draft.matched.words}{rho}")


def _words(draft: Draft, accuracy: MeasuredFigure | None, n_tried: int, level: float) -> str:
    if accuracy is None:
        return "says nothing of any comparison with a label"
    n = draft.wins.n_won + draft.wins.n_lost
    coins = percent(chance_of_passing(n, level))
    return (
        f"right in {percent(accuracy.value)} of {accuracy.n}, at least {percent(accuracy.low or 0)}, wanted above 50 %; "
        f"{n_tried} tried, and {coins} of coins would pass"
    )
