"""The proof of many rubrics beside each other."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np

from winnow.annotation.aggregation.votes import Floats
from winnow.annotation.rubrics.proving.agreeing import judge_weights
from winnow.annotation.rubrics.proving.chance import chance_of_passing, holm
from winnow.annotation.rubrics.proving.controls import FlippedRubric, controls_of
from winnow.annotation.rubrics.proving.criterion_drafts import Findings, criterion_drafts
from winnow.annotation.rubrics.proving.draft import Draft, Refusal, first_of, percent
from winnow.annotation.rubrics.proving.family import Kin, family_proofs, known_families
from winnow.annotation.rubrics.proving.members import (
    criterion_of_family,
    rubric_of_family,
    rubric_outside,
)
from winnow.annotation.rubrics.proving.rubric_draft import rubric_draft
from winnow.annotation.rubrics.proving.thresholds import ProofThresholds
from winnow.annotation.rubrics.proving.trials import leans, majority
from winnow.annotation.rubrics.proving.tried import TriedRubric
from winnow.annotation.rubrics.proving.voices import leans_by, totals_by, voices
from winnow.schemas.rubrics import MeasuredFigure, Proof


def prove(
    tried: Iterable[TriedRubric],
    thresholds: ProofThresholds,
    run_id: str,
    *,
    before: Iterable[Proof] = (),
    families: Mapping[str, Kin] | None = None,
    outside: Collection[str] = (),
    flipped: Mapping[str, FlippedRubric] | None = None,
) -> Iterator[Proof]:
    """Say of each rubric, and of each criterion of it, what was measured and whether it may be used.

    Each is measured by all judges together, weighed by their reliability, and by each judge. One that says nothing about
    the label passes with probability alpha at most among all criteria of all rubrics, and among all rubrics likewise. Rubrics
    of one prompt that are of one family are proven together as well, with the same probability among all families: of a
    family that is proven each is kept that its own comparisons do not refute.

    Args:
        tried: The rubrics; looked at one by one.
        thresholds: What has to be reached.
        run_id: The run that measures.
        before: What was measured before: it was tried as well, unless it was refused without looking at any label.
        families: The family of each rubric for one prompt, those that were measured before included.
        outside: Rubrics of these families of whose prompts nothing is held out: kept where those of their family that were
            drawn from one comparison, or none, are proven by themselves.
        flipped: By rubric_id, what was derived from exchanged labels for the same prompts.
    """
    families, before = families or {}, list(before)
    members: dict[str, list[TriedRubric]] = defaultdict(list)
    drafts: list[Draft] = []
    for one in tried:
        drafts += _drafts(one, thresholds, (flipped or {}).get(one.rubric_id))
        if (kin := families.get(one.rubric_id)) and one.trials.n:
            members[kin.family].append(one)
    several = {name: found for name, found in members.items() if len(found) > 1}
    as_little = {}
    for name in sorted({families[rubric_id].family for rubric_id in outside} & set(several)):
        thin = [one for one in several[name] if families[one.rubric_id].n_drawn <= 1]
        as_little[name] = name
        if len(thin) < len(several[name]):
            as_little[name] = f"{name} drawn from one comparison each"
            if len(thin) > 1:
                several[as_little[name]] = thin
    n_before = len(known_families(before, families, run_id))
    proven = family_proofs(several, thresholds, n_before)
    known = {(p.rubric_id, p.criterion_id) for p in before if p.n_comparisons}
    drafts.sort(key=_beside)
    of_rubric: dict[tuple[str, str | None], Proof] = {}
    for _, beside in groupby(drafts, key=_beside):
        for draft, proof in _decided(list(beside), thresholds, run_id, known):
            kin = families.get(draft.rubric_id)
            found = proven.get((kin.family, draft.annotator_id)) if kin else None
            if found is None or not draft.n_comparisons:
                pass
            elif draft.criterion_id is None:
                proof = rubric_of_family(draft, proof, found)
                of_rubric[draft.rubric_id, draft.annotator_id] = proof
            elif of_rubric[draft.rubric_id, draft.annotator_id].is_kept:
                proof = criterion_of_family(draft, proof, found, thresholds)
            yield proof
    for rubric_id in outside:
        name = as_little.get(families[rubric_id].family, "")
        if (found := proven.get((name, None))) and (
            kept := rubric_outside(rubric_id, run_id, found)
        ):
            yield kept


def _beside(draft: Draft) -> tuple[bool, str]:
    """Return what is tested beside each other: criteria or rubrics, by all judges or one."""
    return draft.criterion_id is not None, draft.annotator_id or ""


def _drafts(
    tried: TriedRubric, thresholds: ProofThresholds, flipped: FlippedRubric | None
) -> Iterator[Draft]:
    heard = tried.heard
    weight = judge_weights(leans(heard.without), leans_by(tried))
    for voice in voices(heard.judges, weight):
        met = majority(heard.met, voice.weight[:, None, None, None])
        could_say = np.where(heard.asked, ~np.isnan(heard.met), np.nan)
        findings = Findings(voice.annotator_id, met, _mean(could_say[voice.weight > 0]))
        yield from criterion_drafts(tried, findings, weight, thresholds)
        total = totals_by(tried, voice.weight)
        whole = rubric_draft(tried, voice.annotator_id, voice.weight, total, thresholds)
        is_by_all = voice.annotator_id is None
        yield whole._replace(controls=controls_of(tried, flipped)) if is_by_all else whole


def _mean(values: Floats) -> Floats:
    """Return the mean over judges of what is known; NaN where nothing is."""
    n = (~np.isnan(values)).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.where(n > 0, np.nansum(values, axis=0) / n, np.nan)


def _decided(
    beside: Sequence[Draft],
    thresholds: ProofThresholds,
    run_id: str,
    known: Collection[tuple[str, str | None]],
) -> Iterator[tuple[Draft, Proof]]:
    """Decide on what was tried beside each other."""
    is_of_criteria = beside[0].criterion_id is not None
    before = {key for key in known if (key[1] is not None) == is_of_criteria}
    n_tried = len(before | {(draft.rubric_id, draft.criterion_id) for draft in beside})
    tested = holm(np.array([draft.p for draft in beside]), thresholds.alpha, n_tried)
    for draft, passes, level in zip(beside, tested.passes, tested.level.tolist(), strict=True):
        accuracy = draft.wins.measured(level)
        words = _words(draft, accuracy, n_tried, level)
        is_above = passes and accuracy is not None and (accuracy.low or 0) > 0.5
        refusal = first_of(
            draft.first, None if is_above else _not_above(draft, accuracy, words), draft.then
        )
        found = draft.proof(
            run_id=run_id,
            n_tried=n_tried,
            accuracy=accuracy,
            is_kept=refusal is None,
            reason=refusal and refusal.reason,
            detail=refusal.detail if refusal else words,
        )
        yield draft, Proof.model_validate(found)


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
