"""What one annotator says of one comparison counts as often as it was cast."""

from pathlib import Path

import pytest

from tests.pipelines.reading.conftest import Outcome, Read, write_lines
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.schemas.judgments import Judgment
from winnow.schemas.labels import Label
from winnow.warehouse.staging import Staging

PAIR = {"prompt": "p", "response_a": "x", "response_b": "y", "annotator": "crowd"}


def votes(read: Read, tmp_path: Path, *lines: dict[str, object]) -> Outcome:
    path = write_lines(tmp_path / "a.jsonl", tuple({**PAIR, **line} for line in lines))
    return read(comparisons={"path": path})


def test_nine_votes_and_one_of_one_name_count_nine_and_one(read: Read, tmp_path: Path) -> None:
    lines = [{"verdict": "a"}] * 5 + [{"verdict": "b"}] + [{"verdict": "a"}] * 4
    outcome = votes(read, tmp_path, *lines)
    assert sorted(j.occurrence for j in outcome.judgments) == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert len({j.judgment_id for j in outcome.judgments}) == 10
    assert outcome.said == [
        "a.jsonl: 8 judgments say again what the same annotator said of the same comparison; each counts"
    ]


def test_lines_of_one_item_id_that_compare_the_same_are_votes_on_it(
    read: Read, tmp_path: Path
) -> None:
    lines = [{"item_id": 1, "verdict": verdict} for verdict in ("a", "a", "b")]
    outcome = votes(read, tmp_path, *lines)
    assert (len(outcome.comparisons), len(outcome.judgments)) == (1, 3)
    assert outcome.reasons == ["duplicate_comparison"] * 2


@pytest.mark.parametrize("method", ["majority", "dawid_skene", "winnow"])
def test_repeated_votes_reach_the_label(read: Read, tmp_path: Path, method: str) -> None:
    outcome = votes(read, tmp_path, *[{"verdict": "a"}] * 9, {"verdict": "b"})
    staging = Staging(tmp_path / "staging")
    aggregate_judgments(staging, AggregateSettings(method=method), "run-1")
    (label,) = Label.from_table(staging.read(Label))
    better = "a" if [r.text for r in outcome.responses if r.response_id == outcome.comparisons[0].response_ids[0]] == ["x"] else "b"  # fmt: skip
    assert label.n_judgments == 10
    assert (label.p_a > label.p_b) == (better == "a")
    assert max(label.p_a, label.p_b) > 0.6 * (label.p_a + label.p_b)


EVENTS = [
    ({"judgment_id": 5}, {"judgment_id": 5}, 1, "under the same id (5)"),
    ({"judgment_id": 5}, {"judgment_id": 6}, 2, ""),
    ({"created_at": "2026-01-01T08:00:00Z"}, {"created_at": "2026-01-01T08:00:00Z"}, 1, "at the same time (2026-01-01"),
    ({"created_at": "2026-01-01T08:00:00Z"}, {"created_at": "2026-01-01T08:00:01Z"}, 2, ""),
    ({"created_at": "2026-01-01T08:00:00Z", "judgment_id": 5},
     {"created_at": "2026-01-01T08:00:00Z", "judgment_id": 6}, 2, ""),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "n", "why"), EVENTS)
def test_the_same_event_counts_once_and_is_said(
    read: Read, tmp_path: Path, first: dict[str, object], second: dict[str, object], n: int, why: str
) -> None:  # fmt: skip
    outcome = votes(read, tmp_path, {"verdict": "a", **first}, {"verdict": "a", **second})
    assert len(outcome.judgments) == n
    same = [r for r in outcome.rejects if r.reason == "duplicate_judgment"]
    assert len(same) == 2 - n
    assert all(why in reject.detail for reject in same)


def test_judgments_that_are_said_once_have_the_ids_they_always_had(
    read: Read, tmp_path: Path
) -> None:
    (said,) = votes(read, tmp_path, {"verdict": "a"}).judgments
    known = {"comparison_id": said.comparison_id, "annotator_id": "crowd", "kind": "human"}
    assert said.judgment_id == Judgment(**known, verdict=said.verdict).judgment_id
    fixed = Judgment(comparison_id="c", annotator_id="anna", kind="human", verdict="a")
    assert fixed.judgment_id[:16] == "ef2a91509c86bbcb"


@pytest.mark.parametrize(
    ("row", "verdict"),
    [({"probability": 0.9}, "b"), ({"probability": 0.1}, "a"), ({"probability": 0.5}, "tie"),
     ({"strength": -2}, "a"), ({"strength": 3}, "b"), ({"strength": 0, "probability": 0.5}, "tie")],
)  # fmt: skip
def test_a_strength_or_probability_alone_is_a_verdict(
    read: Read, tmp_path: Path, row: dict[str, object], verdict: str
) -> None:
    outcome = votes(read, tmp_path, row)
    (said,), (comparison,) = outcome.judgments, outcome.comparisons
    (x,) = [r.response_id for r in outcome.responses if r.text == "x"]
    turned = {"a": "b", "b": "a", "tie": "tie"}[verdict]
    assert said.verdict == (verdict if comparison.response_ids[0] == x else turned)
    assert outcome.said == [
        "a.jsonl: 1 verdict follows from a strength or probability alone: "
        "over 0 or 0.5 b is better, under it a"
    ]


def test_a_strength_and_a_probability_that_contradict_each_other_are_no_verdict(
    read: Read, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "a.jsonl", ({**PAIR, "strength": -2, "probability": 0.9},))
    outcome = read(comparisons={"path": path, "max_malformed": 1})
    assert outcome.rejects[0].detail == (
        "a.jsonl:1#verdict: 'strength' says a, 'probability' says b, wanted one verdict: negative strength and "
        "probability under 0.5 mean a; mend the row, or leave a column unread, such as columns: {strength: null}"
    )


def test_white_space_round_a_name_is_taken_off_and_said(read: Read, tmp_path: Path) -> None:
    outcome = votes(read, tmp_path, *[{"verdict": "a", "annotator": n} for n in ("ann", " ann\n")])
    assert [j.annotator_id for j in outcome.judgments] == ["ann", "ann"]
    assert outcome.said == [
        "a.jsonl: 1 judgment says again what the same annotator said of the same comparison; it counts",
        "a.jsonl: white space round 1 name of an annotator was taken off",
    ]


def test_names_that_differ_by_space_or_case_are_said(read: Read, tmp_path: Path) -> None:
    names = ["ann", "Ann", "Bob Lee", "boblee", "cy"]
    lines = [{"verdict": "a", "annotator": name, "model_a": f"{name} "} for name in names]
    outcome = votes(read, tmp_path, *lines, {"verdict": "a", "annotator": "cy", "model_a": "cy"})
    assert outcome.said == [
        "annotators that differ by space or case alone count as 2: 'Ann', 'ann'",
        "annotators that differ by space or case alone count as 2: 'Bob Lee', 'boblee'",
        "models that differ by space or case alone count as 2: 'Ann ', 'ann '",
        "models that differ by space or case alone count as 2: 'Bob Lee ', 'boblee '",
        "models that differ by space or case alone count as 2: 'cy', 'cy '",
    ]
