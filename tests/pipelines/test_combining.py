from pathlib import Path

import pytest

from pipelines.aggregating import AggregateSettings, aggregate_judgments
from pipelines.combining import heard
from pipelines.filters.case import read_cases
from schemas.combined import CombinedVerdict
from schemas.errors import InvalidSettings
from schemas.judgments import Judgment, Rating
from schemas.labels import Label
from tests.pipelines.toy import RUN, answer, ask, compare_two, stage
from warehouse.staging import Staging

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
    own = heard(aggregated(tmp_path / "own", judgments=stated))
    ruled = heard(aggregated(tmp_path / "ruled", GATE, judgments=stated))
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
        zip(*(heard(staging)[c].to_pylist() for c in ("judgment_id", "verdict")), strict=True)
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
