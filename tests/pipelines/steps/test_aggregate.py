import random
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.pipelines.toy import RUN, answer, ask, compare_two, judge_one, reasons, stage
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import Annotator, Label

PROMPTS = [ask(f"What comes after {i}?") for i in range(4)]
PAIRS = [compare_two(answer(p, "x"), answer(p, "y")) for p in PROMPTS]
RESPONSES = [answer(p, text) for p in PROMPTS for text in "xy"]


def test_each_judged_comparison_gets_a_label_and_each_annotator_a_row(tmp_path: Path) -> None:
    votes = [judge_one(pair, "a", name) for pair in PAIRS for name in ("form@1", "overlap@1")]
    staging = stage(tmp_path, *PROMPTS, *RESPONSES, *PAIRS, *votes)
    count = aggregate_judgments(staging, AggregateSettings(), RUN)
    labels = Label.from_table(staging.read(Label))
    assert (count.n_in, count.n_out) == (4, 4)
    assert all(label.p_a > label.p_b for label in labels)
    assert {label.method for label in labels} == {"winnow"}
    names = [a.annotator_id for a in Annotator.from_table(staging.read(Annotator))]
    assert names == ["form@1", "overlap@1"]


def test_comparisons_without_a_readable_judgment_are_rejected(tmp_path: Path) -> None:
    votes = [judge_one(PAIRS[0], "a"), judge_one(PAIRS[1], "a"), judge_one(PAIRS[2], "invalid")]
    staging = stage(tmp_path, *PROMPTS, *RESPONSES, *PAIRS, *votes)
    count = aggregate_judgments(staging, AggregateSettings(), RUN)
    assert (count.n_in, count.n_out) == (4, 2)
    assert reasons(staging, "aggregate") == {
        PAIRS[2].comparison_id: "no_readable_judgment",
        PAIRS[3].comparison_id: "no_judgment",
    }


def test_without_any_judgment_every_comparison_is_rejected(tmp_path: Path) -> None:
    staging = stage(tmp_path, *PROMPTS, *RESPONSES, *PAIRS)
    count = aggregate_judgments(staging, AggregateSettings(), RUN)
    assert (count.n_in, count.n_out, staging.n_rows(Label)) == (4, 0, 0)


def test_judgments_and_gold_of_other_comparisons_do_not_count(tmp_path: Path) -> None:
    votes = [judge_one(pair, "a") for pair in PAIRS]
    staging = stage(tmp_path, *PROMPTS, *RESPONSES, PAIRS[0], *votes)
    gold = [Gold(comparison_id=pair.comparison_id, verdict="a", basis="known") for pair in PAIRS]
    staging.write(Gold, gold)
    aggregate_judgments(staging, AggregateSettings(), RUN)
    (annotator,) = Annotator.from_table(staging.read(Annotator))
    assert (annotator.n_judgments, annotator.n_gold, annotator.gold_accuracy) == (1, 1, 1.0)


def test_an_annotator_is_weighed_by_what_gold_says_of_it_in_the_domain_of_the_prompt(
    tmp_path: Path,
) -> None:
    prompts = [ask(f"What is {i}?", domain="code" if i % 2 else "facts") for i in range(60)]
    pairs = [compare_two(answer(p, "x"), answer(p, "y")) for p in prompts]
    responses = [answer(p, text) for p in prompts for text in "xy"]
    truth = ["a" if i // 2 % 2 else "b" for i in range(60)]
    said = [
        judge_one(pair, right if i % 2 else {"a": "b", "b": "a"}[right])
        for i, (pair, right) in enumerate(zip(pairs, truth, strict=True))
    ]
    staging = stage(tmp_path, *prompts, *responses, *pairs, *said)
    known = list(zip(pairs, truth, strict=True))[:40]
    staging.write(
        Gold, [Gold(comparison_id=p.comparison_id, verdict=v, basis="known") for p, v in known]
    )
    aggregate_judgments(staging, AggregateSettings(), RUN)
    labels = {label.comparison_id: label for label in Label.from_table(staging.read(Label))}
    unseen = [(labels[p.comparison_id], v) for p, v in zip(pairs, truth, strict=True)][40:]
    code, facts = unseen[1::2], unseen[::2]
    assert all((label.p_a if verdict == "a" else label.p_b) > 0.8 for label, verdict in code)
    # Always wrong there, and the only one who says anything: no label contradicts every verdict.
    assert all(label.p_a == pytest.approx(label.p_b, abs=1e-5) for label, _ in facts)


def test_certainty_that_others_bear_out_counts_in_labels(tmp_path: Path) -> None:
    n, rng = 120, random.Random(0)
    prompts = [ask(f"What is {i}?") for i in range(n)]
    pairs = [compare_two(answer(p, "x"), answer(p, "y")) for p in prompts]
    responses = [answer(p, text) for p in prompts for text in "xy"]
    truth = [rng.choice((-1, 1)) for _ in range(n)]
    first = [
        side if rng.random() < (0.95 if i % 2 else 0.55) else -side for i, side in enumerate(truth)
    ]
    others = [
        judge_one(pair, "ab"[(side if rng.random() < 0.8 else -side) > 0], annotator=name)
        for name in ("form@1", "form@2", "form@3")
        for pair, side in zip(pairs, truth, strict=True)
    ]

    def follows(root: Path, strengths: list[int | None]) -> float:
        """Sum up how probable labels hold its verdict where it is surer, less the sum where it is not."""
        own = [
            judge_one(pair, "ab"[side > 0], annotator="first@1").model_dump()
            | {"judgment_id": "", "strength": strength}
            for pair, side, strength in zip(pairs, first, strengths, strict=True)
        ]
        said = [Judgment.model_validate(row) for row in own]
        staging = stage(root, *prompts, *responses, *pairs, *others, *said)
        aggregate_judgments(staging, AggregateSettings(), RUN)
        labels = {label.comparison_id: label for label in Label.from_table(staging.read(Label))}
        p = [labels[pair.comparison_id] for pair in pairs]
        for_first = [one.p_b if side > 0 else one.p_a for one, side in zip(p, first, strict=True)]
        return sum(for_first[1::2]) - sum(for_first[::2])

    stated = [side * (3 if i % 2 else 1) for i, side in enumerate(first)]
    plain = follows(tmp_path / "plain", [None] * n)
    assert follows(tmp_path / "stated", stated) > plain + 1


def test_an_unknown_method_is_named_with_the_known_ones() -> None:
    with pytest.raises(
        ValidationError, match="no method named 'median'; known methods: dawid_skene"
    ):
        AggregateSettings(method="median")
