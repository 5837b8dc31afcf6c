from pathlib import Path
from typing import Literal

import pyarrow as pa
import pytest
from pydantic import ValidationError

from tests.pipelines.filters.columns import columns
from tests.pipelines.toy import RUN, answer, ask, compare_two, judge_one, reasons, stage
from winnow.pipelines.filters import Case, Stand
from winnow.pipelines.preferences.evidence import defects
from winnow.pipelines.preferences.form import form_preferences
from winnow.pipelines.preferences.furthest_apart import Sides
from winnow.pipelines.preferences.splits import PublishedPrompts
from winnow.pipelines.steps.assemble import AssembleSettings, assemble
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.labels import Annotator, Label
from winnow.schemas.preferences import Preference, Split
from winnow.schemas.prompts import Prompt
from winnow.schemas.rejects import Reject
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

SKY = ask("Why is the sky blue?")
PAIR = compare_two(answer(SKY, "air"), answer(SKY, "paint"))
CASE = Case("c", "p", 0.1, 0.7, 0.2, 1.0, (Stand("form@1", 1.0, False, lean=-1.0),))
IDS = Sides(pa.array(["response a"]), pa.array(["response b"]))


def staged(root: Path, judgments: list[Judgment], **p: float) -> Staging:
    staging = stage(root, SKY, answer(SKY, "air"), answer(SKY, "paint"), PAIR, *judgments)
    chances = {"p_a": 0.8, "p_b": 0.1, "p_tie": 0.1, **p}
    label = Label.model_validate(
        {
            "run_id": RUN,
            "comparison_id": PAIR.comparison_id,
            "n_judgments": len(judgments),
            "method": "winnow",
            **chances,
        }
    )
    staging.write(Label, [label])
    weights = {"form@1": 1.0, "tiny": 0.0, "judge": 2.0}
    staging.write(
        Annotator,
        [
            Annotator(
                run_id=RUN, annotator_id=a, kind="llm", n_judgments=1, n_invalid=0, weight=weight
            )
            for a, weight in weights.items()
        ],
    )
    return staging


def run_assemble(staging: Staging, **settings: object) -> StageCount:
    chosen = AssembleSettings.model_validate(settings)
    return assemble(staging, chosen, RUN, release="preferences@1")


def formed(case: Case) -> Preference:
    evidence, word = pa.array([["j"]]), pa.array(["train"])
    rows = form_preferences(
        columns(case), IDS, evidence, splits=word, groups=word, release="preferences@1"
    )
    (row,) = Preference.from_table(rows)
    return row


def why_rejected(case: Case, ties: Literal["keep", "reject"]) -> str | None:
    return next((name for name, fails in defects(columns(case), ties).items() if fails[0]), None)


def test_the_likelier_response_is_chosen() -> None:
    row = formed(CASE)
    assert (row.chosen_id, row.rejected_id, row.is_tied) == ("response b", "response a", False)
    assert (row.confidence, row.margin) == (0.7, pytest.approx(0.6))


def test_a_tie_survives_as_a_tied_row() -> None:
    row = formed(CASE._replace(p_b=0.1, p_tie=0.8))
    assert (row.chosen_id, row.rejected_id, row.is_tied) == ("response a", "response b", True)
    assert (row.confidence, row.margin) == (0.8, 0)


def test_ties_are_rejected_where_the_settings_say_so() -> None:
    tied = CASE._replace(p_b=0.1, p_tie=0.8)
    assert why_rejected(tied, "reject") == "tied"
    assert why_rejected(tied, "keep") is None
    assert why_rejected(CASE, "reject") is None


def test_a_label_that_prefers_neither_without_being_a_tie_is_undecided() -> None:
    assert why_rejected(CASE._replace(p_a=0.4, p_b=0.4), "keep") == "undecided"


def test_the_evidence_leaves_out_who_has_no_weight_who_flipped_and_what_is_unreadable(
    tmp_path: Path,
) -> None:
    held = judge_one(PAIR, "a")
    others = [
        judge_one(PAIR, "a", "tiny", "ab", "llm"),
        judge_one(PAIR, "a", "judge", "ab", "llm"),
        judge_one(PAIR, "b", "judge", "ba", "llm"),
        judge_one(PAIR, "invalid", "form@1", "ab"),
    ]
    staging = staged(tmp_path, [held, *others])
    count = run_assemble(staging)
    (row,) = Preference.from_table(staging.read(Preference))
    assert (count.n_in, count.n_out) == (1, 1)
    assert row.evidence == (held.judgment_id,)


def test_a_label_without_evidence_is_rejected(tmp_path: Path) -> None:
    staging = staged(tmp_path, [judge_one(PAIR, "a", "tiny", "ab", "llm")])
    count = run_assemble(staging)
    assert (count.n_in, count.n_out) == (1, 0)
    assert reasons(staging, "assemble") == {PAIR.comparison_id: "no_evidence"}


def test_a_tie_rests_on_the_verdicts_that_call_it_one_though_they_have_no_weight(
    tmp_path: Path,
) -> None:
    said = judge_one(PAIR, "tie", "tiny", None, "llm")
    staging = staged(tmp_path, [said], p_a=0.1, p_b=0.1, p_tie=0.8)
    assert run_assemble(staging).n_out == 1
    (row,) = Preference.from_table(staging.read(Preference))
    assert (row.is_tied, row.evidence) == (True, (said.judgment_id,))


def test_a_label_that_an_aggregation_holds_for_undecided_is_not_published() -> None:
    held = CASE._replace(p_a=0.4999998, p_b=0.4999993, p_tie=0.0000009)
    assert why_rejected(held, "keep") == "undecided"


def test_near_duplicate_prompts_share_a_split(tmp_path: Path) -> None:
    splits = {"train": 0.5, "test": 0.5}
    found = set()
    records, labels, weight = [], [], None
    for i in range(12):
        prompt = ask(f"Write a friendly out-of-office reply for the first week of August, no {i}.")
        one, other = answer(prompt, "x"), answer(prompt, "y")
        comparison = compare_two(one, other)
        records += [prompt, one, other, comparison, judge_one(comparison, "a")]
        labels.append(comparison)
    staging = stage(tmp_path, *records)
    staging.write(Label, [_sure(c) for c in labels])
    weight = Annotator(
        run_id=RUN, annotator_id="form@1", kind="verifier", n_judgments=1, n_invalid=0, weight=1
    )
    staging.write(Annotator, [weight])
    assert run_assemble(staging, splits=splits).n_out == 12
    found = set(staging.read(Preference)["split"].to_pylist())
    assert len(found) == 1


def test_a_label_whose_prompt_is_near_to_both_sides_is_rejected_with_both(tmp_path: Path) -> None:
    words = [f"word{i}" for i in range(60)]
    old = [ask(" ".join(words[:50])), ask(" ".join(words[6:56]))]
    sides: dict[str, Split] = {old[0].prompt_id: "train", old[1].prompt_id: "test"}
    new = ask(" ".join(words[3:53]))
    pair = compare_two(answer(new, "x"), answer(new, "y"))
    staging = stage(tmp_path, new, answer(new, "x"), answer(new, "y"), pair, judge_one(pair, "a"))
    staging.write(Label, [_sure(pair)])
    about = {"annotator_id": "form@1", "kind": "verifier", "n_judgments": 1, "n_invalid": 0}
    staging.write(Annotator, [Annotator.model_validate({**about, "run_id": RUN, "weight": 1.0})])
    known = PublishedPrompts(Prompt.to_table(old), sides)
    settings = AssembleSettings()
    assemble(staging, settings, RUN, release="preferences@2", published=known)
    assert reasons(staging, "assemble") == {pair.comparison_id: "between_splits"}
    (detail,) = staging.read(Reject)["detail"].to_pylist()
    assert detail.startswith(f"0.90 similar to prompt {old[1].prompt_id} in test and 0.90")


def staged_lengths(root: Path, n_longer: int, n_shorter: int) -> Staging:
    """Stage one comparison a prompt, of which the longer or the shorter response was named."""
    records, comparisons = [], []
    for i in range(n_longer + n_shorter):
        prompt = ask(f"Question {i}")
        sides = answer(prompt, "brief"), answer(prompt, "a long answer " * 9)
        comparison = compare_two(*sides)
        a_is_longer = comparison.response_ids[0] == sides[1].response_id
        verdict = "a" if a_is_longer == (i < n_longer) else "b"
        records += [prompt, *sides, comparison, judge_one(comparison, verdict)]
        comparisons.append((comparison, verdict))
    staging = stage(root, *records)
    labels = [_sure(comparison) for comparison, _ in comparisons]
    turned = [
        label if verdict == "a" else label.model_copy(update={"p_a": 0.1, "p_b": 0.9})
        for label, (_, verdict) in zip(labels, comparisons, strict=True)
    ]
    staging.write(Label, turned)
    about = {"annotator_id": "form@1", "kind": "verifier", "n_judgments": 1, "n_invalid": 0}
    staging.write(Annotator, [Annotator.model_validate({**about, "run_id": RUN, "weight": 1.0})])
    return staging


def test_rebalanced_labels_are_rejects_with_their_reason(tmp_path: Path) -> None:
    staging = staged_lengths(tmp_path, n_longer=9, n_shorter=4)
    count = run_assemble(staging, rebalance="length")
    assert (count.n_in, count.n_out) == (13, 8)
    assert [(r.reason, r.n) for r in count.rejects] == [("rebalanced", 5)]
    details = staging.read(Reject)["detail"].to_pylist()
    assert details[0].startswith("length: 9 such preferences against 4 that are its mirror image")


def test_a_release_large_enough_has_length_controlled_margins(tmp_path: Path) -> None:
    staging = staged_lengths(tmp_path, n_longer=55, n_shorter=5)
    run_assemble(staging)
    rows = Preference.from_table(staging.read(Preference))
    longer_chosen, shorter_chosen = sorted({row.length_controlled_margin or 0 for row in rows})
    assert longer_chosen < 0.8 < shorter_chosen  # 0.8 is the margin of each


def test_what_cannot_be_balanced_is_named() -> None:
    with pytest.raises(
        ValidationError, match=r"no shortcut named 'lenght' \(did you mean 'length'"
    ):
        AssembleSettings.model_validate({"rebalance": "lenght"})
    assert AssembleSettings.model_validate({"rebalance": ["length", "model"]}).rebalance == (
        "length",
        "model",
    )


def _sure(comparison: Comparison) -> Label:
    return Label(
        run_id=RUN,
        comparison_id=comparison.comparison_id,
        p_a=0.9,
        p_b=0.1,
        p_tie=0,
        n_judgments=1,
        method="winnow",
    )


def test_shares_that_do_not_sum_to_one_are_named() -> None:
    with pytest.raises(ValidationError, match=r"the shares sum to 0\.8, wanted 1"):
        AssembleSettings(splits={"train": 0.8})
    with pytest.raises(ValidationError, match="'train', 'validation' or 'test'"):
        AssembleSettings.model_validate({"splits": {"dev": 1.0}})
