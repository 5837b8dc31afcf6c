"""Rubrics of one prompt each, too few comparisons to prove one, proven together."""

from typing import Any

import numpy as np
import pytest

from tests.annotation.rubrics.proving.toy import (
    AB,
    BA,
    met_where,
    proven,
    trials,
    tried_on,
    verdicts,
)
from winnow.annotation.rubrics.proving.family import Kin, family_proofs
from winnow.annotation.rubrics.proving.prove import prove
from winnow.annotation.rubrics.proving.thresholds import ProofThresholds
from winnow.annotation.rubrics.proving.tried import TriedRubric
from winnow.schemas.rubrics import Proof

WAY = "contrast@1:m"
RIGHT, WRONG = 1.0, -1.0


def member(i: int, *agrees: float, group: str | None = None, **more: Any) -> TriedRubric:
    """A rubric with one criterion, which agrees with the labels of its comparisons where 1 and not where -1."""
    of_it = trials(len(agrees))
    for_a = of_it.sign * np.array(agrees)
    without = more.pop("without", None)
    if without is not None:
        more["without"] = verdicts(of_it.sign * np.array(without))
    votes = more.pop("votes", verdicts(for_a))
    one = tried_on(of_it, met_where(for_a)[None], votes=votes, **more)
    group = group if group is not None else f"p{i}"
    return one._replace(rubric_id=f"r{i}", criterion_ids=[f"r{i}c"], prompt_group=group)


def proofs(
    members: list[TriedRubric], before: list[Proof] | None = None, **thresholds: Any
) -> dict[tuple[str, str | None], Proof]:
    """What all judges together prove, by rubric and criterion."""
    families = {one.rubric_id: Kin(WAY) for one in members}
    found = prove(
        members, ProofThresholds(**thresholds), "r" * 64, before=before or [], families=families
    )
    return {(p.rubric_id, p.criterion_id): p for p in found if p.annotator_id is None}


def test_rubrics_of_one_comparison_each_are_proven_together() -> None:
    found = proofs([member(i, RIGHT if i % 5 else WRONG) for i in range(40)])
    assert found["r1", None].is_kept
    assert found["r1", "r1c"].is_kept
    assert found["r1", None].detail == (
        f"proven together with 39 others of {WAY}: right in 80 %, at least 67 %, on 40 comparisons; its own: 1 of 1"
    )
    assert found["r1", None].n_comparisons == 1
    assert found["r1", None].is_by_family
    assert not proven(tried_on(trials(40), votes=verdicts(trials(40).sign))).is_by_family


def test_a_rubric_that_its_own_comparisons_refute_is_refused_though_its_family_is_proven() -> None:
    members = [member(i, RIGHT, RIGHT) for i in range(30)]
    members += [member(30, WRONG), member(31, RIGHT, WRONG, WRONG), member(32, RIGHT, WRONG)]
    found = proofs(members)
    refuted = [found[f"r{i}", None] for i in (30, 31, 32)]
    assert [proof.is_kept for proof in refuted] == [False, False, True]
    assert refuted[0].reason == "not_above_chance"
    assert refuted[1].detail.endswith("its own: 1 of 3, wanted half")
    assert refuted[2].detail.endswith("its own: 1 of 2")


def test_a_family_that_is_not_proven_keeps_none_and_each_says_so() -> None:
    found = proofs([member(i, RIGHT if i % 2 else WRONG) for i in range(40)])
    assert not any(proof.is_kept for proof in found.values())
    assert found["r1", None].reason == "not_above_chance"
    assert f"not proven together with 39 others of {WAY} either: right in 50 %" in (
        found["r1", None].detail
    )


def test_a_family_that_adds_nothing_to_judging_without_is_refused() -> None:
    same = [member(i, RIGHT, without=[RIGHT]) for i in range(40)]
    found = proofs(same)["r1", None]
    assert not found.is_kept
    assert "accuracy +0.0 points beside judging without" in found.detail
    better = [member(i, RIGHT, without=[RIGHT if i % 3 else WRONG]) for i in range(40)]
    kept = proofs(better)["r1", None]
    assert kept.is_kept
    assert "+35.0 points beside judging without; its own: 1 of 1" in kept.detail


def test_a_gain_that_chance_may_give_is_none_for_a_family() -> None:
    without = [[RIGHT if i else WRONG] for i in range(40)]
    found = proofs([member(i, RIGHT, without=without[i]) for i in range(40)])["r1", None]
    assert not found.is_kept
    assert "accuracy +2.5 points beside judging without (-2.6 to +7.6)" in found.detail


def test_a_family_whose_judge_picks_a_place_is_not_proven() -> None:
    def picked(i: int) -> TriedRubric:
        votes = verdicts(np.ones(1), AB)
        votes[..., BA] = -1.0
        return member(i, RIGHT, votes=votes)

    found = proofs([picked(i) for i in range(40)])["r1", None]
    assert not found.is_kept
    assert "judged alike in both orders in 0 % of 40, wanted 60 %" in found.detail


def test_near_prompts_of_a_family_count_as_one() -> None:
    near = [member(i, RIGHT, group=f"p{i % 4}") for i in range(40)]
    assert not proofs(near)["r1", None].is_kept


def test_a_family_whose_rubrics_are_the_length_is_refused_for_it() -> None:
    def longer(i: int) -> TriedRubric:
        one = member(i, RIGHT)
        length = np.array([[900.0, 100.0]])
        return one._replace(trials=one.trials._replace(length=length))

    found = proofs([longer(i) for i in range(40)])["r1", None]
    assert not found.is_kept
    assert "cannot be told from that" in found.detail


def test_judges_that_judged_different_prompts_of_a_family_prove_it_together() -> None:
    members = [member(i, RIGHT, judges=[f"judge{i % 2}"]) for i in range(40)]
    families = {one.rubric_id: Kin(WAY) for one in members}
    found = list(prove(members, ProofThresholds(), "r" * 64, families=families))
    by_judge = {p.annotator_id: p for p in found if (p.rubric_id, p.criterion_id) == ("r1", None)}
    assert by_judge[None].detail.startswith(f"proven together with 39 others of {WAY}")
    assert "on 20 comparisons" in by_judge["judge1"].detail


def test_a_criterion_that_separates_none_of_a_few_stays_and_one_that_is_wrong_goes() -> None:
    members = [member(i, RIGHT) for i in range(30)]
    of_it = trials(1)
    met = np.stack([met_where(np.zeros(1)), met_where(-of_it.sign), met_where(of_it.sign)])
    odd = tried_on(of_it, met, votes=verdicts(of_it.sign))
    members.append(odd._replace(rubric_id="odd", prompt_group="odd"))
    found = proofs(members)
    assert [found["odd", f"c{i}"].is_kept for i in range(3)] == [True, False, True]
    assert found["odd", "c0"].detail.endswith("its own: none that it decides")


def test_families_that_were_tried_before_make_the_bound_wider() -> None:
    members = [member(i, RIGHT if i % 4 else WRONG) for i in range(24)]
    first = proofs(members)
    assert first["r1", None].is_kept
    before = [
        proof.model_copy(update={"run_id": f"{run}" * 64})
        for run in range(9)
        for proof in first.values()
    ]
    assert not proofs(members, before)["r1", None].is_kept


@pytest.mark.parametrize("thin", [RIGHT, WRONG])
def test_a_rubric_of_whose_prompt_nothing_is_held_out_stands_by_those_that_rest_on_as_little(
    thin: float,
) -> None:
    members = [member(i, RIGHT if i < 60 else thin) for i in range(72)]
    families = {one.rubric_id: Kin(WAY, 3 if i < 60 else 1) for i, one in enumerate(members)}
    families["alone"] = Kin(WAY, 1)
    found = prove(members, ProofThresholds(), "r" * 64, families=families, outside=["alone"])
    by_rubric = {p.rubric_id: p for p in found if (p.criterion_id, p.annotator_id) == (None, None)}
    assert by_rubric["r1"].is_kept
    assert ("alone" in by_rubric) == (thin == RIGHT)
    if thin == RIGHT:
        assert by_rubric["alone"].n_comparisons == 0
        assert by_rubric["alone"].detail == (
            f"proven together with 12 others of {WAY} drawn from one comparison each: right in 100 %, at least 78 %, "
            "on 12 comparisons; its own: none, no held-out comparison of its prompt has a label"
        )


@pytest.mark.parametrize(
    ("accuracy", "without", "least", "most"),
    [(0.5, None, 0.0, 0.05), (0.65, 0.65, 0.0, 0.05), (0.7, None, 0.95, 1), (0.8, 0.6, 0.95, 1)],
    ids=["coins", "no better than without", "right", "better than without"],
)
def test_useless_families_pass_at_most_alpha_of_the_time_and_good_ones_pass(
    accuracy: float, without: float | None, least: float, most: float
) -> None:
    def passes(seed: int) -> bool:
        rng = np.random.default_rng(seed)
        n_each = rng.integers(1, 4, 60)
        members = []
        for i, n in enumerate(n_each):
            agrees = np.where(rng.random(n) < accuracy, RIGHT, WRONG)
            by_itself: dict[str, Any] = {}
            if without is not None:
                by_itself["without"] = np.where(rng.random(n) < without, RIGHT, WRONG)
            members.append(member(i, *agrees, **by_itself))
        return family_proofs({WAY: members}, ProofThresholds())[WAY, None].refusal is None

    share = np.mean([passes(seed) for seed in range(100)])
    assert least <= share <= most
