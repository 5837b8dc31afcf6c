import random
from pathlib import Path

import numpy as np
import pytest

from tests.pipelines.toy import RUN, answer, ask, compare_two, stage
from winnow.annotation.aggregation.rules import Rule
from winnow.pipelines.filters.read import read_cases
from winnow.pipelines.labels.combining import combine_ratings, heard_whole
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.schemas.combined import CombinedVerdict
from winnow.schemas.comparisons import Comparison
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.heard import Heard
from winnow.schemas.judgments import Gold, Judgment, Rating
from winnow.schemas.labels import Label
from winnow.warehouse.staging import Staging

PROMPT = ask("How do I get rid of wasps?")
SAFE, RASH = answer(PROMPT, "Call someone."), answer(PROMPT, "Burn the nest.")
PAIR = compare_two(SAFE, RASH)
SAFE_IS = "a" if PAIR.response_ids[0] == SAFE.response_id else "b"
RASH_IS = "b" if SAFE_IS == "a" else "a"


def rated(annotator: str, order: str | None = None, **scores: tuple[float, float]) -> Judgment:
    ratings = [
        Rating(response_id=response.response_id, attribute=name, score=score)
        for name, both in scores.items()
        for response, score in zip((SAFE, RASH), both, strict=True)
    ]
    return Judgment.model_validate(
        {
            "comparison_id": PAIR.comparison_id,
            "annotator_id": annotator,
            "kind": "llm",
            "order": order,
            "verdict": RASH_IS,
            "ratings": ratings,
        }
    )


def aggregated(root: Path, *rules: dict[str, object], judgments: list[Judgment]) -> Staging:
    staging = stage(root, PROMPT, SAFE, RASH, PAIR, *judgments)
    settings = AggregateSettings.model_validate({"combine": rules})
    aggregate_judgments(staging, settings, RUN)
    return staging


GATE = {"of": "rating@*", "gates": {"safety": 3}, "hierarchy": ["helpfulness"]}
JUDGE = [rated("rating@1:m", o, safety=(5, 1), helpfulness=(2, 5)) for o in ("ab", "ba")]


def winner(staging: Staging) -> str:
    (label,) = Label.from_table(staging.read(Label))
    return "a" if label.p_a > label.p_b else "b"


def test_a_rule_turns_a_label_without_anyone_being_asked_again(tmp_path: Path) -> None:
    assert winner(aggregated(tmp_path / "own", judgments=JUDGE)) == RASH_IS
    staging = aggregated(tmp_path / "ruled", GATE, judgments=JUDGE)
    assert winner(staging) == SAFE_IS
    said = {j.verdict for j in Judgment.from_table(staging.read(Judgment))}
    assert said == {RASH_IS}


def test_a_combined_verdict_is_as_certain_as_any_other(tmp_path: Path) -> None:
    stated = [j.model_copy(update={"strength": 2, "probability": 0.9}) for j in JUDGE]
    own = heard_whole(aggregated(tmp_path / "own", judgments=stated))
    ruled = heard_whole(aggregated(tmp_path / "ruled", GATE, judgments=stated))
    assert own["strength"].to_pylist() == [2, 2]
    assert (ruled["strength"].to_pylist(), ruled["probability"].to_pylist()) == (
        [None] * 2,
        [None] * 2,
    )


def test_what_decided_is_kept_for_each_judgment(tmp_path: Path) -> None:
    staging = aggregated(tmp_path, GATE, judgments=JUDGE)
    found = CombinedVerdict.from_table(staging.read(CombinedVerdict))
    assert {v.judgment_id for v in found} == {j.judgment_id for j in JUDGE}
    assert {(v.verdict, v.why) for v in found} == {
        (SAFE_IS, f"{RASH_IS} fails: safety 1, wanted 3")
    }


def test_the_first_rule_for_an_annotator_counts_and_others_keep_their_verdict(
    tmp_path: Path,
) -> None:
    person = rated("human:ada", safety=(1, 5))
    rules = (GATE, {"of": "*", "weights": {"safety": 1.0}})
    staging = aggregated(tmp_path, *rules, judgments=[*JUDGE, person])
    verdicts = dict(
        zip(*(heard_whole(staging)[c].to_pylist() for c in ("judgment_id", "verdict")), strict=True)
    )
    assert verdicts[JUDGE[0].judgment_id] == SAFE_IS
    assert verdicts[person.judgment_id] == RASH_IS


def test_filters_see_the_combined_verdict(tmp_path: Path) -> None:
    turned = [
        rated("rating@1:m", "ab", safety=(5, 1), helpfulness=(2, 5)),
        rated("rating@1:m", "ba", safety=(5, 5), helpfulness=(2, 5)),
    ]
    (case,) = read_cases(aggregated(tmp_path / "own", judgments=turned))
    assert not case.stands[0].is_flipped
    (case,) = read_cases(aggregated(tmp_path / "ruled", GATE, judgments=turned))
    assert case.stands[0].is_flipped


def test_an_attribute_that_was_never_rated_is_named_with_those_that_were(tmp_path: Path) -> None:
    rule = {"of": "rating@*", "gates": {"safty": 3}}
    with pytest.raises(
        InvalidSettings,
        match=r"aggregate.combine\[0\]: 'safty' was never rated by 'rating@\*'; "
        "rated were helpfulness, safety",
    ):
        aggregated(tmp_path, rule, judgments=JUDGE)


def measured(annotator: str, attribute: str, **scores: float) -> list[Judgment]:
    """Say of each response what a verifier found in it."""
    responses = {"safe": SAFE, "rash": RASH}
    return [
        Judgment(
            subject_kind="response",
            subject_id=responses[name].response_id,
            annotator_id=annotator,
            kind="verifier",
            ratings=(
                Rating(response_id=responses[name].response_id, attribute=attribute, score=score),
            ),
        )
        for name, score in scores.items()
    ]


LIKES_RASH = [rated("rating@1:m", o, helpfulness=(2, 5)) for o in ("ab", "ba")]
JOINED = {
    "of": "rating@*",
    "also": ["form@*"],
    "gates": {"form": 0},
    "weights": {"helpfulness": 1},
}


def test_a_verifier_that_fails_a_response_outweighs_a_judge_that_rates_it_higher(
    tmp_path: Path,
) -> None:
    judgments = [*LIKES_RASH, *measured("form@2", "form", safe=0, rash=-1)]
    staging = aggregated(tmp_path, JOINED, judgments=judgments)
    assert winner(staging) == SAFE_IS
    found = CombinedVerdict.from_table(staging.read(CombinedVerdict))
    assert {(v.judgment_id, v.why) for v in found} == {
        (j.judgment_id, f"{RASH_IS} fails: form -1, wanted 0") for j in LIKES_RASH
    }


def test_where_both_pass_the_verifier_the_judge_decides(tmp_path: Path) -> None:
    judgments = [*LIKES_RASH, *measured("form@2", "form", safe=0, rash=0)]
    assert winner(aggregated(tmp_path, JOINED, judgments=judgments)) == RASH_IS


def test_what_a_verifier_found_in_a_response_counts_among_what_labels_rest_on(
    tmp_path: Path,
) -> None:
    used = measured("form@2", "form", safe=0, rash=-1)
    unused = measured("reference_overlap@1", "chrf", safe=10)
    staging = aggregated(tmp_path, JOINED, judgments=[*LIKES_RASH, *used, *unused])
    counted = set(staging.read(Heard)["judgment_id"].to_pylist())
    assert counted >= {j.judgment_id for j in [*LIKES_RASH, *used]}
    assert counted & {j.judgment_id for j in unused} == set()


def test_an_attribute_that_the_annotator_rated_is_taken_from_it(tmp_path: Path) -> None:
    other = measured("panel", "helpfulness", safe=5, rash=1)
    rule = {"of": "rating@*", "also": ["panel"], "weights": {"helpfulness": 1}}
    assert winner(aggregated(tmp_path, rule, judgments=[*LIKES_RASH, *other])) == RASH_IS


def test_of_several_further_annotators_the_mean_counts(tmp_path: Path) -> None:
    panel = [*measured("p1", "tone", safe=5, rash=4), *measured("p2", "tone", safe=1, rash=4)]
    rule = {"of": "rating@*", "also": ["p*"], "weights": {"tone": 1}}
    staging = aggregated(tmp_path, rule, judgments=[*LIKES_RASH, *panel])
    (why,) = {v.why for v in CombinedVerdict.from_table(staging.read(CombinedVerdict))}
    assert sorted(why.split(" against ")) == ["3.00", "4.00"]


@pytest.mark.parametrize("n", [3, 4, 8, 24])
def test_a_mean_on_the_gate_is_the_same_number_as_that_of_the_scores_by_themselves(
    tmp_path: Path, n: int
) -> None:
    panel = [j for i in range(n) for j in measured(f"form@{i}", "form", safe=0.8, rash=0.7)]
    gate = float(np.mean([0.8] * n))
    staging = stage(tmp_path, PROMPT, SAFE, RASH, PAIR, *LIKES_RASH, *panel)
    combine_ratings(staging, [Rule(of="rating@*", also=("form@*",), gates={"form": gate})], RUN)
    found = CombinedVerdict.from_table(staging.read(CombinedVerdict))
    assert {v.verdict for v in found} == {SAFE_IS}


def test_an_attribute_that_nobody_of_a_joined_rule_rated_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidSettings, match=r"'form' was never rated by 'rating@\*' or 'form@\*'; rated were"
    ):
        aggregated(tmp_path, JOINED, judgments=LIKES_RASH)


@pytest.mark.parametrize("seed", range(3))
def test_verdicts_are_those_of_each_judgment_looked_at_by_itself(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    prompts = [ask(f"Question {i}?") for i in range(8)]
    responses = [[answer(p, text) for text in "xy"] for p in prompts]
    pairs = [compare_two(*both) for both in responses]
    said = [
        judgment_of(pair, who, rng)
        for pair in pairs
        for who in ("rate@1", "rate@2")
        if rng.random() < 0.9
    ]
    beside = [
        Judgment(
            subject_kind="response",
            subject_id=r.response_id,
            annotator_id=rng.choice(["check@1", "check@2"]),
            kind="verifier",
            occurrence=k + 1,
            ratings=(Rating(response_id=r.response_id, attribute="safe", score=rng.random()),),
        )
        for r in (r for both in responses for r in both)
        for k in range(rng.randint(0, 12))
    ]
    staging = stage(tmp_path, *prompts, *(r for b in responses for r in b), *pairs, *said, *beside)
    rule = Rule(of="rate@*", also=("check@*",), gates={"safe": 0.4}, hierarchy=("good", "short"))
    used = combine_ratings(staging, [rule], RUN)
    sides = {pair.comparison_id: pair.response_ids for pair in pairs}
    compared = {r for j in said if j.ratings for r in sides[str(j.comparison_id)]}
    assert used == sorted(j.judgment_id for j in beside if j.subject_id in compared)
    ordered = sorted(beside, key=lambda j: j.judgment_id)
    for found in CombinedVerdict.from_table(staging.read(CombinedVerdict)):
        (own,) = (j for j in said if j.judgment_id == found.judgment_id)
        assert own.comparison_id
        rated_on = {r.attribute for r in own.ratings}
        table = []
        for response_id in sides[own.comparison_id]:
            known = {r.attribute: r.score for r in own.ratings if r.response_id == response_id}
            checks = [j.ratings[0].score for j in ordered if j.subject_id == response_id]
            if checks and "safe" not in rated_on:
                known["safe"] = float(np.mean(checks))
            table.append(np.array([[known.get(name, np.nan) for name in rule.attributes]]))
        ((verdict,), (why,)) = rule.verdicts(*table)
        assert (found.verdict, found.why) == (verdict, why)


def judgment_of(pair: Comparison, who: str, rng: random.Random) -> Judgment:
    ratings = [
        Rating(response_id=r, attribute=name, score=rng.choice([1, 2, 1 / 3, 0.1]))
        for name in ("good", "short", *(["safe"] * (rng.random() < 0.3)))
        for r in pair.response_ids
        if rng.random() < 0.9
    ]
    return Judgment(
        comparison_id=pair.comparison_id,
        annotator_id=who,
        kind="llm",
        verdict="a",
        # Of two ratings of one response on one attribute the later counts.
        ratings=(*ratings, *(r.model_copy(update={"score": 3}) for r in ratings[:1])),
    )


def test_weights_are_learned_from_gold_and_vectors_stay(tmp_path: Path) -> None:
    rng = random.Random(7)
    prompts = [ask(f"Task {i}?") for i in range(48)]
    responses = [[answer(p, text) for text in "xy"] for p in prompts]
    pairs = [compare_two(*both) for both in responses]
    said, gold = [], []
    for n, pair in enumerate(pairs):
        good = {r: rng.random() for r in pair.response_ids}
        ratings = [
            Rating(response_id=r, attribute=name, score=score)
            for r in pair.response_ids
            for name, score in (("good", good[r]), ("good.spread", 1.0), ("loud", rng.random() * 9))
        ]
        said.append(
            Judgment(
                comparison_id=pair.comparison_id,
                annotator_id="rate@1",
                kind="llm",
                verdict="tie",
                ratings=tuple(ratings),
            )
        )
        a, b = (good[r] for r in pair.response_ids)
        if n < 40:
            gold.append(
                Gold(comparison_id=pair.comparison_id, verdict="a" if a > b else "b", basis="x")
            )
    staging = stage(tmp_path, *prompts, *(r for b in responses for r in b), *pairs, *said)
    staging.write(Gold, gold)
    before = staging.read(Judgment)
    rule = Rule(of="rate@*", weights="learned")
    lines = list[str]()
    combine_ratings(staging, [rule], RUN, say=lines.append)
    assert staging.read(Judgment) == before
    (line,) = lines
    assert "weights learned from 40 gold comparisons" in line and "of the winners change" in line
    assert "good " in line and "loud " in line and "good.spread" not in line
    found = {v.judgment_id: v for v in CombinedVerdict.from_table(staging.read(CombinedVerdict))}
    assert all(v.why.startswith("learned weights: ") for v in found.values())
    right = 0
    for one, pair in zip(said, pairs, strict=True):
        rated = {(r.response_id, r.attribute): r.score for r in one.ratings}
        a, b = (rated[r, "good"] for r in pair.response_ids)
        right += found[one.judgment_id].verdict == ("a" if a > b else "b")
    assert right >= 42  # the sum of both as they are rated has half of them


def test_weights_cannot_be_learned_without_gold(tmp_path: Path) -> None:
    staging = stage(tmp_path, PROMPT, SAFE, RASH, PAIR, *LIKES_RASH)
    rule = Rule(of="rating@*", weights="learned")
    with pytest.raises(
        InvalidSettings, match=r"aggregate.combine\[0\]: .* there are 0; give more gold"
    ):
        combine_ratings(staging, [rule], RUN)


def test_weights_that_nothing_is_rated_for_name_what_is_rated_and_how_often(tmp_path: Path) -> None:
    bare = LIKES_RASH[0].model_copy(
        update={"ratings": LIKES_RASH[0].ratings[:1], "annotator_id": "rating@1:bare"}
    )
    staging = stage(tmp_path, PROMPT, SAFE, RASH, PAIR, bare)
    rule = Rule(of="rating@*", weights="learned")
    wanted = r"aggregate.combine\[0\].weights: nothing .*rated are \w+ in 0%; have all"
    with pytest.raises(InvalidSettings, match=wanted):
        combine_ratings(staging, [rule], RUN)
