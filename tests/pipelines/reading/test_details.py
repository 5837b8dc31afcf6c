import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.reading.conftest import Outcome, Read, write_lines
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.schemas.labels import Annotator
from winnow.warehouse.staging import Staging

PAIR = {"item_id": "1", "prompt": "p", "response_a": "x", "response_b": "y"}
SWAPPED = {"item_id": "1", "prompt": "p", "response_a": "y", "response_b": "x"}
ANNA = {"item_id": "1", "annotator": "anna"}


def judged(
    read: Read, tmp_path: Path, *judgments: object, pair: dict[str, str] = PAIR, **settings: Any
) -> Outcome:
    comparisons = write_lines(tmp_path / "pairs.jsonl", [pair])
    path = write_lines(tmp_path / "said.jsonl", judgments)
    source = {"path": path, "max_malformed": 1, **settings}
    return read(comparisons={"path": comparisons, "judgments": source})


def named(outcome: Outcome) -> dict[str, str]:
    return {response.response_id: response.text for response in outcome.responses}


def scores(outcome: Outcome) -> dict[tuple[str, str], float]:
    (judgment,) = outcome.judgments
    texts = named(outcome)
    return {(texts[r.response_id], r.attribute): r.score for r in judgment.ratings}


BOTH = {("x", "helpfulness"): 4.0, ("x", "tone"): 2.0, ("y", "helpfulness"): 3.0}


@pytest.mark.parametrize(
    "ratings",
    [
        {"a": {"helpfulness": 4, "tone": "2"}, "b": {"helpfulness": 3.0, "tone": None}},
        {"b": {"helpfulness": 3}, "response_a": {"tone": 2, "helpfulness": 4}},
        '{"a": {"helpfulness": 4, "tone": 2}, "b": {"helpfulness": 3}}',
        [
            {"response": "a", "attribute": "tone", "score": 2},
            {"response": "b", "attribute": "helpfulness", "score": 3},
            {"response": "a", "attribute": "helpfulness", "score": 4},
        ],
    ],
    ids=["objects", "other_order", "text", "list"],
)
def test_ratings_reach_the_response_that_they_are_of(
    read: Read, tmp_path: Path, ratings: object
) -> None:
    outcome = judged(read, tmp_path, {**ANNA, "verdict": "b", "ratings": ratings})
    assert scores(outcome) == BOTH
    turned = {"b": {"helpfulness": 4, "tone": 2}, "a": {"helpfulness": 3}}
    again = judged(read, tmp_path, {**ANNA, "verdict": "a", "ratings": turned}, pair=SWAPPED)
    assert again.judgments[0].judgment_id == outcome.judgments[0].judgment_id


def test_a_table_may_hold_one_rating_a_response_in_columns(read: Read, tmp_path: Path) -> None:
    comparisons = write_lines(tmp_path / "pairs.jsonl", [PAIR])
    path = tmp_path / "said.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [["item_id", "annotator", "score_1", "score_2"], ["1", "anna", "2.5", "4"]]
        )
    columns = {"rating_a": "score_1", "rating_b": "score_2"}
    outcome = read(
        comparisons={"path": comparisons, "judgments": {"path": path, "columns": columns}}
    )
    assert scores(outcome) == {("x", "quality"): 2.5, ("y", "quality"): 4.0}
    (judgment,) = outcome.judgments
    better = {"a": 0, "b": 1}[str(judgment.verdict)]
    assert named(outcome)[outcome.comparisons[0].response_ids[better]] == "y"


@pytest.mark.parametrize(
    ("said", "better", "by"),
    [
        ({"ratings": {"a": 5, "b": 1}}, "x", "ratings"),
        ({"ratings": {"a": {"help": 1, "tone": 2}, "b": {"help": 3, "tone": 1}}}, "y", "ratings"),
        ({"ratings": {"a": 5, "b": 1}, "strength": 2}, "y", "a strength or probability"),
        ({"ranking": ["b", "a"]}, "y", "a ranking"),
        ({"ranking": '["a", "b"]', "ratings": {"a": 1, "b": 2}}, "x", "a ranking"),
    ],
)
def test_a_row_without_a_verdict_says_it_by_ranking_or_rating(
    read: Read, tmp_path: Path, said: dict[str, object], better: str, by: str
) -> None:
    outcome = judged(read, tmp_path, {**ANNA, **said})
    (judgment,) = outcome.judgments
    side = {"a": 0, "b": 1}[str(judgment.verdict)]
    assert named(outcome)[outcome.comparisons[0].response_ids[side]] == better
    (note,) = outcome.said
    assert note.startswith(f"said.jsonl: 1 verdict follows from {by} alone: ")


def test_equal_ratings_are_a_tie(read: Read, tmp_path: Path) -> None:
    outcome = judged(read, tmp_path, {**ANNA, "ratings": {"a": 0.3, "b": 0.3}})
    assert [j.verdict for j in outcome.judgments] == ["tie"]


def test_criteria_are_kept_with_their_evidence(read: Read, tmp_path: Path) -> None:
    criteria = {
        "a": {"brief": True, "cites": {"verdict": "no", "evidence": "no link"}},
        "b": {"brief": "not_applicable"},
    }
    outcome = judged(read, tmp_path, {**ANNA, "verdict": "a", "criteria": criteria})
    (judgment,) = outcome.judgments
    texts = named(outcome)
    assert {(texts[c.response_id], c.criterion_id): c.verdict for c in judgment.criteria} == {
        ("x", "brief"): "yes",
        ("x", "cites"): "no",
        ("y", "brief"): "not_applicable",
    }
    assert [c.evidence for c in judgment.criteria if c.evidence] == ["no link"]


def test_a_ranking_names_the_responses_best_first(read: Read, tmp_path: Path) -> None:
    outcome = judged(read, tmp_path, {**ANNA, "ranking": ["b", "a"]})
    (judgment,) = outcome.judgments
    assert [named(outcome)[i] for i in judgment.ranking or ()] == ["y", "x"]


@pytest.mark.parametrize("pair", [PAIR, SWAPPED], ids=["xy", "yx"])
def test_a_judgment_of_one_response_has_that_response_as_its_subject(
    read: Read, tmp_path: Path, pair: dict[str, str]
) -> None:
    said = {"judged_response": "a", "ratings": {"helpfulness": 4}, "criteria": {"brief": "yes"}}
    outcome = judged(read, tmp_path, {**ANNA, **said}, pair=pair)
    (judgment,) = outcome.judgments
    assert (judgment.subject_kind, judgment.comparison_id) == ("response", None)
    assert (judgment.verdict, judgment.order) == (None, None)
    assert named(outcome)[judgment.subject_id] == pair["response_a"]
    assert {r.response_id for r in judgment.ratings} == {judgment.subject_id}
    assert {c.response_id for c in judgment.criteria} == {judgment.subject_id}


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        ({"ratings": {"c": 4}}, "a key of 'ratings' is 'c', wanted a or b"),
        ({"ratings": {"a": {"tone": "good"}}}, "the rating 'tone' of a in 'ratings' is 'good'"),
        ({"ratings": {"a": True}}, "the rating 'quality' of a in 'ratings' is 'True', wanted a n"),
        ({"ratings": {"a": "inf"}}, "is 'inf', wanted a number"),
        ({"ratings": [4]}, "'ratings' holds a number, wanted {response: a, attribute"),
        ({"ratings": [{"response": "a", "score": 4}]}, "an entry of 'ratings' lacks 'attribute'"),
        ({"ratings": [{"attribute": "x", "score": 4}]}, "'response' in 'ratings' is 'None'"),
        ({"ratings": {"a": 4}, "rating_a": 4}, "the rating 'quality' of a in 'ratings' is given t"),
        ({"ratings": '{"a": 4'}, "'ratings' is no JSON"),
        ({"criteria": {"a": {"brief": "maybe"}}}, "'brief' of a in 'criteria' is 'maybe', wanted"),
        ({"ranking": {"a": 1}}, "'ranking' is an object, wanted a list such as [b, a]; mend it"),
        ({"ranking": ["a", "a"]}, "'ranking' holds 2 places, wanted a and b once each"),
        ({"ranking": ["a", "c"]}, "a place in 'ranking' is 'c', wanted a or b"),
        ({"ranking": ["b", "a"]}, "'verdict' says a, 'ranking' says b, wanted one verdict"),
        ({"judged_response": "a"}, "but there are no ratings and no criteria of it"),
        ({"judged_response": "x"}, "'judged_response' is 'x', wanted a or b"),
        ({"judged_response": "a", "ratings": {"help": 1}}, "but the subject is a response"),
        ({"annotator_groups": [4]}, "'annotator_groups' is a number, wanted a string"),
    ],
)
def test_what_cannot_be_read_is_a_reject_with_its_place(
    read: Read, tmp_path: Path, said: dict[str, object], detail: str
) -> None:
    reason = "bad_field" if "no JSON" in detail else "bad_judgment"
    bob = {**ANNA, "annotator": "bob", "verdict": "b"}
    outcome = judged(read, tmp_path, bob, {**ANNA, "verdict": "a", **said})
    (reject,) = outcome.rejects
    assert (reject.reason, detail in reject.detail) == (reason, True), reject.detail
    assert reject.detail.startswith("said.jsonl:2: ")
    assert [j.annotator_id for j in outcome.judgments] == ["bob"]


def test_several_attributes_in_the_row_of_a_comparison_are_read(read: Read, tmp_path: Path) -> None:
    row = {**PAIR, "annotator": "anna", "ratings": json.dumps({"a": {"h": 1}, "b": {"h": 2}})}
    outcome = read(comparisons={"path": write_lines(tmp_path / "pairs.jsonl", [row])})
    assert scores(outcome) == {("x", "h"): 1.0, ("y", "h"): 2.0}


def test_the_groups_of_an_annotator_reach_the_table_of_annotators(
    read: Read, tmp_path: Path
) -> None:
    said = [
        {**ANNA, "verdict": "a", "annotator_groups": ["nurse", "north"]},
        {**ANNA, "annotator": "bob", "verdict": "b", "annotator_groups": "south"},
        {**ANNA, "annotator": "cem", "verdict": "b"},
    ]
    judged(read, tmp_path, *said)
    staging = Staging(tmp_path / "staging")
    aggregate_judgments(staging, AggregateSettings(), "run-1")
    found = Annotator.from_table(staging.read(Annotator))
    assert {a.annotator_id: a.groups for a in found} == {
        "anna": ("north", "nurse"),
        "bob": ("south",),
        "cem": (),
    }


def test_a_text_or_number_in_a_column_of_that_name_is_left_unread(
    read: Read, tmp_path: Path
) -> None:
    others = {"criteria": "Is it brief?", "ratings": 4, "ranking": "first"}
    plain = judged(read, tmp_path, {**ANNA, "verdict": "a"}).judgments
    outcome = judged(read, tmp_path, {**ANNA, "verdict": "a", **others})
    assert outcome.judgments == plain
    assert {line.split(", such as")[0] for line in outcome.said} == {
        f"not read: said.jsonl: {name}" for name in others
    }


@pytest.mark.parametrize(
    ("name", "value", "detail"),
    [
        ("ratings", 4, "'r' is a number, wanted {a: {helpfulness: 4}, b: {helpfulness: 4}} or a"),
        ("criteria", "brief", "'r' is a string, wanted {a: {cites_a_source: yes}, b: {cites_a_s"),
        ("ranking", "ab", "'r' is a string, wanted a list such as [b, a]; mend it, or leave the"),
    ],
)
def test_a_column_that_the_settings_name_must_hold_what_they_say(
    read: Read, tmp_path: Path, name: str, value: object, detail: str
) -> None:
    said = [{**ANNA, "annotator": who, "verdict": "b", "r": None} for who in ("bob", "cem")]
    said.append({**ANNA, "verdict": "a", "r": value})
    outcome = judged(read, tmp_path, *said, columns={name: "r"})
    (reject,) = outcome.rejects
    assert detail in reject.detail


def test_ratings_beside_a_comparison_that_nobody_judged_are_no_judgment(
    read: Read, tmp_path: Path
) -> None:
    row = {**PAIR, "rating_a": 3, "rating_b": 4, "ratings": {"a": 1}}
    outcome = read(comparisons={"path": write_lines(tmp_path / "pairs.jsonl", [row])})
    assert (outcome.judgments, outcome.rejects) == ([], [])
