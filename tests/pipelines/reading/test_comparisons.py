from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.reading.conftest import Outcome, Read, write_lines

FIRST, SECOND = {"text": "x", "model": "mx"}, {"text": "y", "model": "my"}
JUDGED = {
    "annotator": "anna", "order": "ab", "verdict": "a", "strength": -2, "probability": 0.25,
}  # fmt: skip


def comparisons(read: Read, tmp_path: Path, *lines: object, **settings: Any) -> Outcome:
    path = write_lines(tmp_path / "pairs.jsonl", lines)
    return read(comparisons={"path": path, "max_malformed": 1, **settings})


def pair(a: dict[str, str], b: dict[str, str], **more: object) -> dict[str, object]:
    return {
        "prompt": "p", "response_a": a["text"], "model_a": a["model"],
        "response_b": b["text"], "model_b": b["model"], **more,
    }  # fmt: skip


def is_first_by_id(outcome: Outcome, text: str) -> bool:
    (response,) = [r for r in outcome.responses if r.text == text]
    return outcome.comparisons[0].response_ids[0] == response.response_id


@pytest.mark.parametrize(("a", "b"), [(FIRST, SECOND), (SECOND, FIRST)], ids=["xy", "yx"])
def test_verdict_order_strength_and_probability_follow_the_response_to_its_name(
    read: Read, tmp_path: Path, a: dict[str, str], b: dict[str, str]
) -> None:
    outcome = comparisons(read, tmp_path, pair(a, b, **JUDGED))
    (said,) = outcome.judgments
    is_a = is_first_by_id(outcome, a["text"])
    wanted = ("a", "ab", -2, 0.25) if is_a else ("b", "ba", 2, 0.75)
    assert (said.verdict, said.order, said.strength, said.probability) == wanted


def test_the_two_ways_to_write_one_comparison_are_mapped_differently(
    read: Read, tmp_path: Path
) -> None:
    lines = pair(FIRST, SECOND, **JUDGED), pair(SECOND, FIRST, **JUDGED)
    verdicts = [comparisons(read, tmp_path, line).judgments[0].verdict for line in lines]
    assert sorted(verdicts) == ["a", "b"]


@pytest.mark.parametrize("verdict", ["tie", "invalid"])
@pytest.mark.parametrize(("a", "b"), [(FIRST, SECOND), (SECOND, FIRST)], ids=["xy", "yx"])
def test_ties_and_invalid_verdicts_stay_what_they_are(
    read: Read, tmp_path: Path, a: dict[str, str], b: dict[str, str], verdict: str
) -> None:
    line = pair(a, b, annotator="anna", verdict=verdict)
    assert comparisons(read, tmp_path, line).judgments[0].verdict == verdict


def test_judgments_of_a_second_file_are_linked_by_item_id(read: Read, tmp_path: Path) -> None:
    judgments = write_lines(
        tmp_path / "judgments.jsonl",
        (
            {"item_id": 7, "annotator": "anna", "verdict": "a"},
            {"item_id": 7, "annotator": "gpt", "kind": "llm", "order": "ba", "verdict": "tie"},
            {"item_id": 7, "annotator": "anna", "verdict": "a"},
            {"item_id": 7, "annotator": "ben", "verdict": "a", "id": 5},
            {"item_id": 7, "annotator": "ben", "verdict": "a", "id": 5},
            {"item_id": 8, "annotator": "anna", "verdict": "a"},
            {"item_id": 9, "annotator": "anna", "verdict": "a"},
            {"annotator": "anna", "verdict": "a"},
        ),
    )
    lines = pair(FIRST, SECOND, item_id="7"), pair(FIRST, FIRST, item_id="8")
    source = {"path": judgments, "max_malformed": 1}
    outcome = comparisons(read, tmp_path, *lines, judgments=source)
    assert [(j.annotator_id, j.kind) for j in outcome.judgments] == [
        ("anna", "human"),
        ("gpt", "llm"),
        ("anna", "human"),
        ("ben", "human"),
    ]
    assert [r.detail for r in outcome.rejects] == [
        "pairs.jsonl:2: both sides are the same response; nothing to compare",
        "judgments.jsonl:5: 'ben' said the same of the same before, under the same id (5): one event",
        "judgments.jsonl:6: the comparison with item_id '8' was rejected",
        "judgments.jsonl:7: no comparison has the item_id '9'",
        "judgments.jsonl:8: 'item_id' is missing",
    ]
    assert outcome.reasons == [
        "identical_responses", "duplicate_judgment", "rejected_item", "unknown_item", "bad_judgment",
    ]  # fmt: skip


def test_chosen_and_rejected_say_that_chosen_is_better(read: Read, tmp_path: Path) -> None:
    line = {"prompt": "p", "chosen": "x", "rejected": "y"}
    outcome = comparisons(read, tmp_path, line, annotator="crowd")
    (said,) = outcome.judgments
    assert said.annotator_id == "crowd"
    assert said.verdict == ("a" if is_first_by_id(outcome, "x") else "b")


def test_chosen_and_rejected_are_judged_by_whom_the_row_names(read: Read, tmp_path: Path) -> None:
    line = {"prompt": "p", "chosen": "x", "rejected": "y", "annotator": "ben", "rationale": "why"}
    (said,) = comparisons(read, tmp_path, line).judgments
    assert (said.annotator_id, said.rationale) == ("ben", "why")


def test_chosen_and_rejected_are_the_files_own_word_where_no_annotator_is_named(
    read: Read, tmp_path: Path
) -> None:
    line = {"prompt": "p", "chosen": "x", "rejected": "y"}
    assert comparisons(read, tmp_path, line).judgments[0].annotator_id == "pairs.jsonl"


def test_judgments_may_stand_in_a_list_in_the_row(read: Read, tmp_path: Path) -> None:
    said = [{"annotator": "anna", "verdict": "left"}, {"annotator": "ben", "verdict": "tie"}, 3]
    outcome = comparisons(
        read, tmp_path, pair(FIRST, SECOND, judgments=said), verdicts={"left": "a"}
    )
    assert [j.annotator_id for j in outcome.judgments] == ["anna", "ben"]
    assert outcome.rejects[0].detail == (
        "pairs.jsonl:1#judgments[2]: judgments[2] is a number, wanted {annotator, verdict, ...}"
    )


def test_one_prompt_and_one_response_in_many_pairs_are_taken_in_once(
    read: Read, tmp_path: Path
) -> None:
    third = {"text": "z", "model": "mz"}
    outcome = comparisons(read, tmp_path, pair(FIRST, SECOND), pair(third, FIRST))
    counts = {c.unit: (c.n_in, c.n_out) for c in outcome.counts}
    assert counts == {"prompts": (1, 1), "responses": (3, 3), "comparisons": (2, 2)}
    assert {c.strategy for c in outcome.comparisons} == {"imported"}


def test_a_comparison_that_comes_twice_keeps_the_judgments_of_both(
    read: Read, tmp_path: Path
) -> None:
    lines = (
        pair(FIRST, SECOND, annotator="anna", verdict="a", item_id="1"),
        pair(SECOND, FIRST, annotator="ben", verdict="a", item_id="2"),
    )
    outcome = comparisons(read, tmp_path, *lines)
    assert outcome.rejects[0].detail == (
        "pairs.jsonl:2: compares the same as pairs.jsonl:1; its judgments go there"
    )
    assert {(j.annotator_id, j.comparison_id) for j in outcome.judgments} == {
        (name, outcome.comparisons[0].comparison_id) for name in ("anna", "ben")
    }
    assert len({j.verdict for j in outcome.judgments}) == 2


def test_an_item_id_is_given_once(read: Read, tmp_path: Path) -> None:
    lines = pair(FIRST, SECOND, item_id="1"), {**pair(FIRST, SECOND, item_id="1"), "prompt": "q"}
    outcome = comparisons(read, tmp_path, *lines)
    assert outcome.rejects[0].detail == "pairs.jsonl:2: an earlier line has the item_id '1'"


BAD = [
    ({"verdict": "left"}, "'verdict' is 'left', wanted one of a, b, tie, invalid; "
     "map other words in the settings, such as verdicts: {left: a}"),
    ({"verdict": ["a"]}, "'verdict' is a list, wanted one of a, b, tie, invalid; "
     "map other words in the settings, such as verdicts: {left: a}"),
    ({"annotator": None}, "'annotator' is missing; name who judged, in the row or as annotator: in the settings"),
    ({"order": "up"}, "'order' is 'up': input should be 'ab' or 'ba'"),
    ({"strength": 4}, "'strength' is '4': input should be less than or equal to 3"),
    ({"probability": "much"}, "'probability' is 'much': "
     "input should be a valid number, unable to parse string as a number"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "detail"), BAD, ids=lambda v: str(v)[:30])
def test_a_bad_judgment_is_rejected_and_its_comparison_stays(
    read: Read, tmp_path: Path, change: dict[str, object], detail: str
) -> None:
    outcome = comparisons(read, tmp_path, pair(FIRST, SECOND, **{**JUDGED, **change}))
    (reject,) = outcome.rejects
    assert (reject.reason, reject.detail) == ("bad_judgment", f"pairs.jsonl:1#verdict: {detail}")
    assert len(outcome.comparisons) == 1


def test_an_answer_in_the_conversation_is_one_more_response(read: Read, tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "p"}, {"role": "assistant", "content": "z"}]
    line = {"messages": turns, "response_a": "x", "response_b": "y"}
    outcome = comparisons(read, tmp_path, line)
    assert [r.text for r in outcome.responses] == ["x", "y", "z"]
    assert len(outcome.comparisons) == 1


def test_a_row_whose_judgments_are_no_json_is_rejected_as_a_whole(
    read: Read, tmp_path: Path
) -> None:
    lines = pair(FIRST, SECOND), {**pair(FIRST, SECOND, judgments="[1"), "prompt": "q"}
    outcome = comparisons(read, tmp_path, *lines)
    assert outcome.reasons == ["bad_field"]
    assert (len(outcome.prompts), len(outcome.comparisons)) == (1, 1)


def test_a_side_that_is_missing_rejects_the_line(read: Read, tmp_path: Path) -> None:
    outcome = comparisons(read, tmp_path, pair(FIRST, SECOND), {"prompt": "p", "response_a": "x"})
    assert outcome.rejects[0].detail == (
        "pairs.jsonl:2: response_b is missing, wanted a string or {text, model}"
    )
