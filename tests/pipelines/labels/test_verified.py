from pathlib import Path

from tests.pipelines.toy import RUN, answer, ask, compare_two, judge_one, stage
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import VERIFIED, Gold, Judgment
from winnow.schemas.labels import Annotator, Label
from winnow.warehouse.staging import Staging

PROMPTS = [ask(f"What comes after {i}?") for i in range(30)]
PAIRS = [compare_two(answer(p, "x"), answer(p, "y")) for p in PROMPTS]
RESPONSES = [answer(p, text) for p in PROMPTS for text in "xy"]


def person(pair: Comparison, verdict: str, who: str = "human:ann") -> Judgment:
    asked = {"request_id": f"item {pair.comparison_id}", "kind": "human", "annotator_id": who}
    return Judgment.model_validate(
        {"comparison_id": pair.comparison_id, "verdict": verdict, **asked}
    )


def verified(staging: Staging, verdicts: dict[int, str]) -> None:
    rows = verdicts.items()
    staging.write(
        Gold,
        [
            Gold.model_validate(
                {"comparison_id": PAIRS[i].comparison_id, "verdict": v, "basis": VERIFIED}
            )
            for i, v in rows
        ],
    )


def labels_of(staging: Staging) -> dict[str, Label]:
    return {label.comparison_id: label for label in Label.from_table(staging.read(Label))}


def test_what_people_verified_is_the_label_whatever_the_judges_say(tmp_path: Path) -> None:
    votes = [judge_one(pair, "a", name) for pair in PAIRS for name in ("one", "other")]
    staging = stage(tmp_path, *PROMPTS, *RESPONSES, *PAIRS, *votes, person(PAIRS[0], "b"))
    verified(staging, {0: "b"})
    count = aggregate_judgments(staging, AggregateSettings(), RUN)
    label = labels_of(staging)[PAIRS[0].comparison_id]
    assert (label.p_a, label.p_b, label.p_tie, label.n_judgments) == (0, 1, 0, 1)
    assert count.n_in == count.n_out == len(PAIRS)


def test_a_verdict_that_is_gold_is_no_vote_as_well(tmp_path: Path) -> None:
    votes = [
        judge_one(p, "a" if (i + k) % 5 else "b", f"judge {k}")
        for i, p in enumerate(PAIRS)
        for k in range(3)
    ]
    folders, found = ("heard", "unheard"), []
    for name in folders:
        people = [person(p, "a") for p in PAIRS[:15]] if name == "heard" else []
        staging = stage(tmp_path / name, *PROMPTS, *RESPONSES, *PAIRS, *votes, *people)
        verified(staging, {i: "a" for i in range(15)})
        aggregate_judgments(staging, AggregateSettings(), RUN)
        labels = labels_of(staging)
        found.append([labels[p.comparison_id].p_a for p in PAIRS[15:]])
    assert found[0] == found[1]


def test_people_have_weight_and_are_counted_but_nothing_tells_their_accuracy(
    tmp_path: Path,
) -> None:
    votes = [judge_one(pair, "a") for pair in PAIRS]
    people = [person(PAIRS[0], "b"), person(PAIRS[1], "a", "human:bob")]
    staging = stage(tmp_path, *PROMPTS, *RESPONSES, *PAIRS, *votes, *people)
    verified(staging, {0: "b", 1: "a"})
    aggregate_judgments(staging, AggregateSettings(), RUN)
    rows = {a.annotator_id: a for a in Annotator.from_table(staging.read(Annotator))}
    assert rows["form@1"].n_gold == 2
    assert (rows["human:ann"].n_judgments, rows["human:ann"].gold_accuracy) == (1, None)
    assert rows["human:ann"].weight > 4


def test_a_comparison_that_only_people_judged_has_a_label(tmp_path: Path) -> None:
    staging = stage(tmp_path, *PROMPTS, *RESPONSES, *PAIRS, person(PAIRS[3], "tie"))
    verified(staging, {3: "tie"})
    count = aggregate_judgments(staging, AggregateSettings(), RUN)
    assert labels_of(staging)[PAIRS[3].comparison_id].p_tie == 1
    assert (count.n_in, count.n_out) == (len(PAIRS), 1)


def test_labels_that_comparisons_came_with_stay_votes(tmp_path: Path) -> None:
    given = [judge_one(p, "a", "pairs.jsonl", kind="human") for p in PAIRS]
    staging = stage(tmp_path, *PROMPTS, *RESPONSES, *PAIRS, *given, person(PAIRS[0], "b"))
    verified(staging, {0: "b"})
    aggregate_judgments(staging, AggregateSettings(), RUN)
    rows = {a.annotator_id: a for a in Annotator.from_table(staging.read(Annotator))}
    assert (rows["pairs.jsonl"].n_gold, rows["pairs.jsonl"].gold_accuracy) == (1, 0)


def test_gold_that_nobody_bears_out_only_anchors(tmp_path: Path) -> None:
    votes = [judge_one(pair, "a", name) for pair in PAIRS for name in ("one", "other")]
    staging = stage(tmp_path, *PROMPTS, *RESPONSES, *PAIRS, *votes)
    verified(staging, {0: "b"})
    aggregate_judgments(staging, AggregateSettings(), RUN)
    assert labels_of(staging)[PAIRS[0].comparison_id].p_a > 0.5
