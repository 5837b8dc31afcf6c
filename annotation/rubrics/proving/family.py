"""The proof of many rubrics together, each for one prompt, of which none has enough comparisons of its own."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Floats
from winnow.annotation.rubrics.proving.agreeing import judge_weights
from winnow.annotation.rubrics.proving.chance import holm
from winnow.annotation.rubrics.proving.difference import chance_of_gain
from winnow.annotation.rubrics.proving.draft import Draft, Refusal, first_of, percent
from winnow.annotation.rubrics.proving.rubric_draft import rubric_draft, together
from winnow.annotation.rubrics.proving.thresholds import ProofThresholds
from winnow.annotation.rubrics.proving.trials import Criteria, Trials, leans
from winnow.annotation.rubrics.proving.tried import SaidByRubric, TriedRubric
from winnow.annotation.rubrics.proving.voices import leans_by, totals_by, voices
from winnow.schemas.rubrics import Proof


class Kin(NamedTuple):
    """Which family a rubric is of."""

    family: str
    """Its name: how its rubrics were written, and by which model."""

    n_drawn: int = 0
    """Comparisons that the rubric was drawn from."""


class FamilyProof(NamedTuple):
    """What held-out comparisons say of a family by one judge, or by all together."""

    name: str
    """The family."""

    n_rubrics: int
    """Its rubrics that were judged by."""

    refusal: Refusal | None
    """Why it is not proven; None where it is."""

    found: str
    """What it came to, in words."""

    def words(self, *, of_member: bool = True) -> str:
        """Say it as the proof of one of its rubrics tells it, or of one that nobody judged by."""
        n = self.n_rubrics - of_member
        others = f"{n} other{'' if n == 1 else 's'} of {self.name}"
        if self.refusal is None:
            return f"proven together with {others}: {self.found}"
        return f"not proven together with {others} either: {self.found}"


FamilyProofs = Mapping[tuple[str, str | None], FamilyProof]
"""By the family's name and the judge, None for all together."""


def family_proofs(
    families: Mapping[str, Sequence[TriedRubric]],
    thresholds: ProofThresholds,
    n_before: int = 0,
) -> FamilyProofs:
    """Prove each family as one rubric would be, on the comparisons of all its rubrics, prompt by prompt.

    One that says nothing about the label, or adds nothing to judging without rubrics where that was heard, is proven with
    probability alpha at most among all families. None of the rubrics is left out for how it does.

    Args:
        families: The rubrics that were judged by, by the family's name; two or more of each.
        thresholds: What has to be reached; of the gain its bound, since many rubrics rest on it.
        n_before: Families that were tried before.
    """
    drafts: dict[str | None, list[_FamilyDraft]] = defaultdict(list)
    for name, members in families.items():
        for draft in _drafts(name, members, thresholds):
            drafts[draft.measured.annotator_id].append(draft)
    return {
        (draft.measured.rubric_id, judge): proof
        for judge, beside in drafts.items()
        for draft, proof in _decided(beside, thresholds, n_before)
    }


class _FamilyDraft(NamedTuple):
    measured: Draft
    n_rubrics: int
    p_gain: float
    """How likely it gains so much that adds nothing to judging without; 0 where nobody judged without."""

    @property
    def p(self) -> float:
        return max(self.measured.p, self.p_gain)


def _drafts(
    name: str, members: Sequence[TriedRubric], thresholds: ProofThresholds
) -> Iterator[_FamilyDraft]:
    judges = sorted({judge for one in members for judge in one.heard.judges})
    pooled = _pooled(name, members, judges)
    trials, heard = pooled.trials, pooled.heard
    lean = np.concatenate([_by_judge(leans_by(one), one, judges) for one in members], axis=1)
    weight = judge_weights(leans(heard.without), lean)
    for voice in voices(judges, weight):
        of_each = dict(zip(judges, voice.weight, strict=True))
        totals = np.concatenate(
            [totals_by(one, np.array([of_each[j] for j in one.heard.judges])) for one in members]
        )
        draft = rubric_draft(pooled, voice.annotator_id, voice.weight, totals, thresholds)
        if np.isnan(totals).all() and np.isnan(together(heard.votes, voice.weight)).all():
            continue
        p_gain = 0.0
        if (gained := draft.figures["gain"]) is not None:
            n_prompts = len(np.unique(trials.cluster))
            p_gain = chance_of_gain(gained, n_prompts, thresholds.gain)
        yield _FamilyDraft(draft, len(members), p_gain)


def _pooled(name: str, members: Sequence[TriedRubric], judges: Sequence[str]) -> TriedRubric:
    """Lay the comparisons of all behind each other; what is near to one prompt errs together."""
    each = [one.trials for one in members]
    n_responses = np.cumsum([0, *(trials.response.max(initial=-1) + 1 for trials in each)])
    groups = np.repeat([one.prompt_group for one in members], [trials.n for trials in each])
    trials = Trials(
        np.concatenate([trials.sign for trials in each]),
        np.unique(groups, return_inverse=True)[1].astype(np.int64),
        np.concatenate(
            [t.response + start for t, start in zip(each, n_responses[:-1], strict=True)]
        ),
        np.concatenate([trials.length for trials in each]),
    )
    ways = {
        way: np.concatenate(
            [_by_judge(getattr(one.heard, way), one, judges) for one in members], axis=1
        )
        for way in ("votes", "without", "control")
    }
    nothing = np.empty((len(judges), 0, trials.n, 2))
    heard = SaidByRubric(judges, nothing, nothing.astype(bool), **ways, people=nothing[:0])
    return TriedRubric(name, (), Criteria(np.empty(0), np.empty(0, bool)), trials, heard)


def _by_judge(said: Floats, one: TriedRubric, judges: Sequence[str]) -> Floats:
    """Put what the judges of one rubric said where each stands among all, NaN for the others."""
    found = np.full((len(judges), *said.shape[1:]), np.nan)
    found[[judges.index(judge) for judge in one.heard.judges]] = said
    return found


def _decided(
    beside: Sequence[_FamilyDraft], thresholds: ProofThresholds, n_before: int
) -> Iterator[tuple[_FamilyDraft, FamilyProof]]:
    tested = holm(np.array([draft.p for draft in beside]), thresholds.alpha, n_before + len(beside))
    for draft, passes, level in zip(beside, tested.passes, tested.level.tolist(), strict=True):
        one = draft.measured
        accuracy, gained = one.wins.measured(level), one.figures["gain"]
        low = 0.0 if accuracy is None else accuracy.low or 0.0
        found = "says nothing of any comparison"
        if accuracy is not None:
            found = f"right in {percent(accuracy.value)}, at least {percent(low)}, on {accuracy.n} comparisons"
        refusal = first_of(one.first, _by_chance(draft, passes, level, found, low), one.then)
        if refusal is None and gained is not None:
            found += f", {100 * gained.value:+.1f} points beside judging without"
        elif refusal is not None and refusal.detail != found:
            found += f"; {refusal.detail}"
        yield draft, FamilyProof(one.rubric_id, draft.n_rubrics, refusal, found)


def _by_chance(
    draft: _FamilyDraft, passes: bool, level: float, found: str, low: float
) -> Refusal | None:
    """Refuse what chance may do: to be right so often, with the lengths, or beside judging without."""
    one, gained = draft.measured, draft.measured.figures["gain"]
    if one.wins.p > level or low <= 0.5:
        return Refusal("not_above_chance", found)
    if one.matched.p > level:
        return Refusal("length", one.matched.words)
    if passes or gained is None:
        return None
    said = f"accuracy {100 * gained.value:+.1f} points beside judging without"
    if gained.low is not None and gained.high is not None:
        said += f" ({100 * gained.low:+.1f} to {100 * gained.high:+.1f})"
    chances = percent(draft.p_gain)
    return Refusal("no_gain", f"{said}, which chance gives in {chances}, wanted {percent(level)}")


def known_families(
    before: Collection[Proof], families: Mapping[str, Kin], run_id: str
) -> set[tuple[str, str]]:
    """List the families that runs before this one tried: a run that derives anew has tried another family of that name."""
    return {
        (families[proof.rubric_id].family, proof.run_id)
        for proof in before
        if proof.rubric_id in families
        and proof.criterion_id is None
        and proof.n_comparisons
        and proof.run_id != run_id
    }
