from typing import Any

import pytest

from winnow.annotation.judge import RubricView
from winnow.annotation.rubrics.standing import RubricChoice, hash_in_force, in_force
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.rubrics import Criterion, CriterionSource, MeasuredFigure, Proof, Rubric


def rubric(rubric_id: str, **more: Any) -> Rubric:
    return Rubric(rubric_id=rubric_id, name=rubric_id, source="ann", **more)


def criterion(criterion_id: str, rubric_id: str, **more: Any) -> Criterion:
    fields = {"kind": "checklist", "text": criterion_id, "source": "ann", **more}
    return Criterion(criterion_id=criterion_id, rubric_id=rubric_id, **fields)


def merged(into: str, was: str) -> CriterionSource:
    return CriterionSource(criterion_id=into, kind="criterion", subject_id=was)


def proof(rubric_id: str, *, is_kept: bool, run_id: str = "r1", **more: Any) -> Proof:
    return Proof(run_id=run_id, rubric_id=rubric_id, n_comparisons=9, is_kept=is_kept, **more)


def names(standing: list[RubricView]) -> dict[str, list[str]]:
    return {view.rubric.name: [c.text for c in view.criteria] for view in standing}


ONE = [rubric("tides")]
TWO = [criterion("moon", "tides"), criterion("sun", "tides")]


def test_a_rubric_that_another_replaces_is_out() -> None:
    versions = [*ONE, rubric("tides-2", replaces="tides")]
    assert names(in_force(versions, [*TWO, criterion("moon-2", "tides-2")])) == {
        "tides-2": ["moon-2"]
    }


def test_a_criterion_that_was_merged_into_another_is_out_and_its_rubric_with_the_last() -> None:
    rubrics = [*ONE, rubric("sea")]
    criteria = [*TWO, criterion("both", "sea")]
    assert names(in_force(rubrics, criteria, [merged("both", "sun")])) == {
        "sea": ["both"],
        "tides": ["moon"],
    }
    every = [merged("both", "sun"), merged("both", "moon")]
    assert names(in_force(rubrics, criteria, every)) == {"sea": ["both"]}


def test_what_the_newest_proof_refuses_is_out() -> None:
    refused = proof("tides", criterion_id="sun", is_kept=False)
    again = proof("tides", criterion_id="sun", is_kept=True, run_id="r2")
    assert names(in_force(ONE, TWO, proofs=[refused])) == {"tides": ["moon"]}
    assert names(in_force(ONE, TWO, proofs=[refused, again])) == {"tides": ["moon", "sun"]}
    assert in_force(ONE, TWO, proofs=[proof("tides", is_kept=False)]) == []


def test_of_two_proofs_of_one_run_the_later_step_counts_and_what_merging_refused_stays_out() -> (
    None
):
    refused = proof("tides", criterion_id="sun", is_kept=False)
    later = proof("tides", criterion_id="sun", is_kept=True, step=2)
    for proofs in ([refused, later], [later, refused]):
        assert names(in_force(ONE, TWO, proofs=proofs)) == {"tides": ["moon", "sun"]}
    merging = Proof.model_validate({**refused.model_dump(), "proof_id": "", "n_comparisons": 0})
    assert names(in_force(ONE, TWO, proofs=[merging, later])) == {"tides": ["moon"]}
    again = proof("tides", criterion_id="sun", is_kept=False, step=3)
    assert names(in_force(ONE, TWO, proofs=[refused, later, again])) == {"tides": ["moon"]}


def test_the_id_of_a_proof_of_the_first_step_is_what_it_was() -> None:
    first = proof("tides", is_kept=True)
    assert first.proof_id == "b8e097bbde3d38e9f6a38527dcdb3d156d1e7b33406480af404428aa891f54f2"
    assert proof("tides", is_kept=True, step=2).proof_id != first.proof_id


def test_a_proof_of_all_judges_together_outweighs_those_of_single_judges() -> None:
    single = [proof("tides", is_kept=kept, annotator_id=f"judge-{kept}") for kept in (True, False)]
    assert in_force(ONE, TWO, proofs=single) == []
    assert in_force(ONE, TWO, proofs=[proof("tides", is_kept=True), *single]) != []


def test_a_derived_rubric_needs_a_proof_that_keeps_it() -> None:
    derived = [rubric("tides", derived_from="helpful@3")]
    of_one_criterion = proof("tides", criterion_id="moon", is_kept=True)
    assert in_force(derived, TWO, proofs=[of_one_criterion]) == []
    assert in_force(derived, TWO, proofs=[proof("tides", is_kept=True)]) != []
    assert in_force(derived, TWO, unproven=True) != []
    assert in_force(derived, TWO, proofs=[proof("tides", is_kept=False)], unproven=True) == []


def test_a_rubric_without_criteria_is_not_in_force() -> None:
    assert in_force(ONE, []) == []


@pytest.mark.parametrize("backwards", [False, True])
def test_criteria_stand_in_the_same_order_however_they_were_read(backwards: bool) -> None:
    criteria = [
        criterion("late", "tides", turn=2),
        criterion("light", "tides"),
        criterion("heavy", "tides", weight=3.0),
        criterion("quality", "tides", kind="principle", weight=9.0),
        criterion("rule", "tides", kind="hard_rule"),
    ]
    read = criteria[::-1] if backwards else criteria
    assert names(in_force(ONE, read)) == {"tides": ["rule", "heavy", "light", "quality", "late"]}


PROMPT = Prompt(messages=(Message(role="user", content="When is low tide?"),), domain="sea", source="x:1")  # fmt: skip


def test_a_prompt_is_judged_by_the_most_specific_rubric() -> None:
    scopes: list[dict[str, str]] = [{}, {"domain": "sea"}, {"prompt_id": PROMPT.prompt_id}]
    for n in (1, 2, 3):
        rubrics = [rubric(f"r{i}", **scope) for i, scope in enumerate(scopes[:n])]
        standing = in_force(rubrics, [criterion(f"c{r.name}", r.rubric_id) for r in rubrics])
        found = RubricChoice.among(standing).of(PROMPT)
        assert found is not None and found.rubric.name == f"r{n - 1}"
    elsewhere = [rubric("land", domain="land"), rubric("other", prompt_id="other", domain="sea")]
    standing = in_force(elsewhere, [criterion(f"c{r.name}", r.rubric_id) for r in elsewhere])
    assert RubricChoice.among(standing).of(PROMPT) is None


def test_of_several_for_the_same_the_best_proven_counts() -> None:
    rubrics = [rubric(name) for name in ("a", "b", "c")]
    shown = [
        proof(name, is_kept=True, accuracy=MeasuredFigure(value=value, low=low))
        for name, value, low in (("b", 0.9, 0.5), ("c", 0.8, 0.7))
    ]
    standing = in_force(
        rubrics, [criterion(f"c{r.name}", r.rubric_id) for r in rubrics], proofs=shown
    )
    assert [view.rubric.name for view in standing] == ["c", "b", "a"]
    assert RubricChoice.among(standing).of(PROMPT) == standing[0]


def test_what_is_in_force_hashes_otherwise_once_another_rubric_comes_first() -> None:
    rubrics, theirs = [rubric("one"), rubric("two")], [criterion("a", "one"), criterion("b", "two")]
    assert hash_in_force(in_force(rubrics, theirs)) == hash_in_force(
        in_force(rubrics[::-1], theirs[::-1])
    )
    standing = in_force(rubrics, theirs)
    assert hash_in_force(standing) != hash_in_force(standing[::-1])
