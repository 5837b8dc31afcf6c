"""Whether a rubric of a family may be used, and its criteria: what speaks for it is the family, against it its own comparisons."""

from winnow.annotation.rubrics.proving.draft import Draft
from winnow.annotation.rubrics.proving.family import FamilyProof
from winnow.annotation.rubrics.proving.thresholds import ProofThresholds
from winnow.schemas.rubrics import Proof, Refused


def rubric_of_family(draft: Draft, alone: Proof, family: FamilyProof) -> Proof:
    """Decide on a rubric by what is proven of its family.

    Args:
        draft: What was measured of it.
        alone: What would be said of it by itself; counts where that keeps it, or its family is not proven.
        family: The proof of its family.
    """
    if alone.is_kept:
        return alone
    if family.refusal is not None:
        return _said(alone, False, f"{alone.detail}; {family.words()}")
    return _decided(draft, alone, family)


def rubric_outside(rubric_id: str, run_id: str, family: FamilyProof) -> Proof | None:
    """Decide on a rubric of whose prompt nothing is held out, by the rubrics of its family that rest on as little.

    Returns:
        None where those are not proven: nothing is known of it then.
    """
    if family.refusal is not None:
        return None
    words = f"{family.words(of_member=False)}; its own: none, no held-out comparison of its prompt has a label"
    return Proof(run_id=run_id, rubric_id=rubric_id, n_comparisons=0, is_kept=True, detail=words)


def criterion_of_family(
    draft: Draft, alone: Proof, family: FamilyProof, thresholds: ProofThresholds
) -> Proof:
    """Decide on a criterion of a rubric that is kept: its family was judged by it as well.

    That it separates no comparison speaks against it only where there are so many that it might have separated one.
    """
    is_rare = alone.reason in ("too_rare", "single_example")
    is_few = draft.n_comparisons * thresholds.separates < 1
    is_for_chance = alone.reason in ("not_above_chance", "length") or (is_rare and is_few)
    if alone.is_kept or family.refusal is not None or not is_for_chance:
        return alone
    if draft.then is not None:
        return _said(alone, False, draft.then.detail, draft.then.reason)
    return _decided(draft, alone, family)


def _decided(draft: Draft, alone: Proof, family: FamilyProof) -> Proof:
    value = draft.wins.value
    if not len(value):
        return _said(alone, True, f"{family.words()}; its own: none that it decides")
    right = float(value.sum())
    words = f"{family.words()}; its own: {right:g} of {len(value)}"
    if right < len(value) / 2:
        return _said(alone, False, f"{words}, wanted half", "not_above_chance")
    return _said(alone, True, words)


def _said(alone: Proof, is_kept: bool, detail: str, reason: Refused | None = None) -> Proof:
    """Return the proof with another decision; its figures stay."""
    same = alone.model_dump(exclude={"proof_id", "is_kept", "reason", "detail"})
    why = None if is_kept else reason or alone.reason
    return Proof.model_validate({**same, "is_kept": is_kept, "reason": why, "detail": detail})
