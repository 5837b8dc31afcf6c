from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from tests.pipelines.toy import RUN, answer, ask, compare_two, judge_one, reasons, stage
from winnow.annotation.conditions import Condition, conditioned
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.keep import FilterSettings, keep, kept
from winnow.schemas.judgments import Judgment
from winnow.warehouse.staging import Staging

PROMPTS = [ask(f"Question {i}: what is {i} plus {i * i}?") for i in range(10)]
PAIRS = [compare_two(answer(p, "right"), answer(p, "wrong")) for p in PROMPTS]
RESPONSES = [answer(p, text) for p in PROMPTS for text in ("right", "wrong")]


def filters(*entries: object) -> list[FilterSettings]:
    return TypeAdapter(list[FilterSettings]).validate_python(entries)


def aggregated(root: Path, votes: list[Judgment]) -> Staging:
    staging = stage(root, *PROMPTS, *RESPONSES, *PAIRS, *votes)
    aggregate_judgments(staging, AggregateSettings(), RUN)
    return staging


def test_a_worthless_judge_that_flips_everywhere_rejects_nothing(tmp_path: Path) -> None:
    votes = []
    for pair in PAIRS:
        votes += [judge_one(pair, "a", name) for name in ("form@1", "overlap@1", "people")]
        votes += [judge_one(pair, v, "tiny", o, "llm") for o, v in (("ab", "a"), ("ba", "b"))]
    staging = aggregated(tmp_path, votes)
    count = keep(staging, filters("order_consistent", {"margin": 0.1}), RUN)
    assert (count.n_in, count.n_out) == (10, 10)


def test_a_good_judge_that_flips_once_rejects_that_comparison_alone(tmp_path: Path) -> None:
    votes = []
    for i, pair in enumerate(PAIRS):
        second = "b" if i == 3 else "a"
        votes += [judge_one(pair, v, "good", o, "llm") for o, v in (("ab", "a"), ("ba", second))]
    staging = aggregated(tmp_path, votes)
    count = keep(staging, filters("order_consistent"), RUN)
    assert (count.n_in, count.n_out) == (10, 9)
    assert reasons(staging, "keep") == {PAIRS[3].comparison_id: "order_inconsistent"}
    assert PAIRS[3].comparison_id not in set(kept(staging).comparison_id.to_pylist())


def test_the_first_check_that_fails_gives_the_one_reason(tmp_path: Path) -> None:
    staging = aggregated(tmp_path, [judge_one(pair, "a") for pair in PAIRS])
    count = keep(staging, filters({"margin": 1.0}, {"agreement": 1.0}), RUN)
    assert [(r.reason, r.n) for r in count.rejects] == [("low_margin", 10)]


def test_ready_comparisons_of_identical_or_empty_responses_are_always_rejected(
    tmp_path: Path,
) -> None:
    prompt = PROMPTS[0]
    same = [answer(prompt, "same"), answer(prompt, "same ", "other")]
    empty = [answer(prompt, ""), answer(prompt, "text")]
    pairs = [compare_two(*same), compare_two(*empty)]
    votes = [judge_one(pair, "a") for pair in pairs]
    staging = stage(tmp_path, prompt, *same, *empty, *pairs, *votes)
    aggregate_judgments(staging, AggregateSettings(), RUN)
    keep(staging, [], RUN)
    assert reasons(staging, "keep") == {
        pairs[0].comparison_id: "identical_responses",
        pairs[1].comparison_id: "empty_response",
    }


def test_of_near_duplicate_prompts_the_first_by_id_is_kept(tmp_path: Path) -> None:
    prompts = [ask(f"Write a short and friendly out-of-office reply for August{e}") for e in ".!"]
    responses = [answer(p, text) for p in prompts for text in "xy"]
    pairs = [compare_two(answer(p, "x"), answer(p, "y")) for p in prompts]
    votes = [judge_one(pair, "a") for pair in pairs]
    staging = stage(tmp_path, *prompts, *responses, *pairs, *votes)
    aggregate_judgments(staging, AggregateSettings(), RUN)
    keep(staging, filters({"near_duplicate": 0.9}), RUN)
    later = max(pairs, key=lambda pair: pair.prompt_id)
    assert reasons(staging, "keep") == {later.comparison_id: "near_duplicate_prompt"}


def test_a_prompt_under_two_conditions_does_not_repeat_itself(tmp_path: Path) -> None:
    base, like = (
        ask(f"Write a short and friendly out-of-office reply for August{e}") for e in ".!"
    )
    brief = conditioned(base, Condition(text="Be brief."))
    prompts = [base, brief, conditioned(base, Condition(text="Be warm.")), like]
    responses = [answer(p, text) for p in prompts for text in "xy"]
    pairs = [compare_two(answer(p, "x"), answer(p, "y")) for p in prompts]
    staging = stage(tmp_path, *prompts, *responses, *pairs, *(judge_one(pair, "a") for pair in pairs))  # fmt: skip
    aggregate_judgments(staging, AggregateSettings(), RUN)
    keep(staging, filters({"near_duplicate": 0.9}), RUN)
    # Of what others ask, one is kept: either the prompt under all its conditions, or the other one.
    rejected = set(reasons(staging, "keep"))
    family, other = {p.comparison_id for p in pairs[:3]}, {pairs[3].comparison_id}
    assert rejected in (family, other)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (
            "order_consistant",
            r"no filter named 'order_consistant' \(did you mean 'order_consistent'",
        ),
        ({"agreement": 70}, "threshold of agreement is 70.0, wanted less than or equal"),
        ({"agreement": "much"}, "unable to parse string as a number"),
    ],
)
def test_wrong_entries_are_named(entry: object, text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        FilterSettings.model_validate(entry)


def test_a_tie_that_all_agree_on_survives_every_check(tmp_path: Path) -> None:
    names = ("ann", "ben", "cleo")
    verdicts = ["tie", "tie", "tie", *["a", "b"] * 3, "a"]
    votes = [
        judge_one(pair, v, name, kind="human")
        for pair, v in zip(PAIRS, verdicts, strict=True)
        for name in names
    ]
    staging = aggregated(tmp_path, votes)
    checks = filters("order_consistent", {"agreement": 0.7}, {"margin": 0.5})
    keep(staging, checks, RUN)
    assert {p.comparison_id for p in PAIRS[:3]} <= set(kept(staging).comparison_id.to_pylist())
    assert kept(staging).verdict.tolist().count("tie") == 3
