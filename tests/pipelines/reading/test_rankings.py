"""Rankings of more than two responses: whole in, a judgment of the group, and of each two in it."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.reading.conftest import Outcome, Read, write_lines
from tests.pipelines.toy import BEAM, RUN
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.label import label
from winnow.schemas.judgments import Judgment
from winnow.schemas.labels import Label
from winnow.schemas.runs import StageCount
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging

GROUP = {"item_id": "1", "prompt": "p", "responses": ["x", "y", "z", "w"]}
NAMED = {
    "item_id": "1",
    "prompt": "p",
    "responses": [{"id": f"r{i}", "text": text} for i, text in enumerate("xyzw")],
}
ANNA = {"item_id": "1", "annotator": "anna"}


def judged(
    read: Read, tmp_path: Path, *said: object, group: object = GROUP, **settings: Any
) -> Outcome:
    comparisons = write_lines(tmp_path / "groups.jsonl", [group])
    path = write_lines(tmp_path / "said.jsonl", said)
    source = {"path": path, "max_malformed": 1, **settings}
    return read(comparisons={"path": comparisons, "judgments": source, "max_malformed": 1})


def in_order(outcome: Outcome) -> list[list[str]]:
    """Give the texts of the one ranking, best first, those that share a rank together."""
    (judgment,) = outcome.judgments
    texts = {r.response_id: r.text for r in outcome.responses}
    ranking = judgment.ranking or ()
    ranks = judgment.ranks or range(1, len(ranking) + 1)
    tiers: dict[int, list[str]] = {}
    for response_id, rank in zip(ranking, ranks, strict=True):
        tiers.setdefault(rank, []).append(texts[response_id])
    return [sorted(tiers[rank]) for rank in sorted(tiers)]


@pytest.mark.parametrize(
    ("said", "tiers"),
    [
        ({"ranking": ["c", "a", "d", "b"]}, [["z"], ["x"], ["w"], ["y"]]),
        ({"ranking": ["c", ["a", "d"], "b"]}, [["z"], ["w", "x"], ["y"]]),
        ({"ranking": '["c", ["a", "d"], "b"]'}, [["z"], ["w", "x"], ["y"]]),
        ({"ranking": [["a", "b", "c", "d"]]}, [["w", "x", "y", "z"]]),
        ({"ratings": {"a": 2, "b": 1, "c": 2, "d": 5}}, [["w"], ["x", "z"], ["y"]]),
    ],
    ids=["strict", "ties", "text", "all-tied", "rated"],
)
def test_a_ranking_of_four_is_one_judgment_of_the_group(
    read: Read, tmp_path: Path, said: dict[str, Any], tiers: list[list[str]]
) -> None:
    outcome = judged(read, tmp_path, {**ANNA, **said})
    (comparison,) = outcome.comparisons
    (judgment,) = outcome.judgments
    assert len(comparison.response_ids) == 4
    assert (judgment.subject_id, judgment.verdict) == (comparison.comparison_id, None)
    assert in_order(outcome) == tiers
    assert Judgment.from_table(Judgment.to_table([judgment])) == [judgment]


def test_a_ranking_may_call_responses_by_their_own_ids(read: Read, tmp_path: Path) -> None:
    said = {**ANNA, "ranking": ["r2", ["r0", "r3"], "r1"]}
    outcome = judged(read, tmp_path, said, group=NAMED)
    assert in_order(outcome) == [["z"], ["w", "x"], ["y"]]


def test_a_ranking_stands_in_the_row_of_its_group_as_well(read: Read, tmp_path: Path) -> None:
    row = {**GROUP, "annotator": "anna", "ranking": ["d", "c", "b", "a"]}
    outcome = read(comparisons={"path": write_lines(tmp_path / "groups.jsonl", (row,))})
    assert in_order(outcome) == [["w"], ["z"], ["y"], ["x"]]


def labelled(tmp_path: Path) -> tuple[StageCount, Staging]:
    staging = Staging(tmp_path / "staging")
    count = label(staging, [], RUN, models={}, answer=None, beam=BEAM)  # type: ignore[arg-type]
    return count, staging


def test_a_ranking_counts_as_the_pairs_that_it_implies_ties_included(
    read: Read, tmp_path: Path
) -> None:
    ratings = {"a": 3, "b": 1, "c": 5, "d": 3}
    said = {**ANNA, "ranking": ["c", ["a", "d"], "b"], "ratings": ratings}
    outcome = judged(read, tmp_path, said, {**ANNA, "annotator": "bob", "ranking": list("cabd")})
    count, staging = labelled(tmp_path)
    assert (count.n_in, count.n_out) == (12, 12)
    texts = {r.response_id: r.text for r in outcome.responses}
    found: dict[frozenset[str], str] = {}
    for judgment in Judgment.from_table(staging.read(Judgment)):
        if judgment.annotator_id == "anna" and judgment.verdict:
            a, b = (r.response_id for r in judgment.ratings)
            names = {"a": texts[min(a, b)], "b": texts[max(a, b)], "tie": "tie"}
            found[frozenset({texts[a], texts[b]})] = names[judgment.verdict]
    assert found == {
        frozenset("zx"): "z",
        frozenset("zw"): "z",
        frozenset("zy"): "z",
        frozenset("xw"): "tie",
        frozenset("xy"): "x",
        frozenset("wy"): "w",
    }
    aggregate_judgments(staging, AggregateSettings(), RUN)
    labels = Label.from_table(staging.read(Label))
    assert len(labels) == len(list(combinations("xyzw", 2)))
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        audited = audit(staging, warehouse)
        about = [check for check in audited.checks if check.contract == "judgments"]
        assert about and not any(check.n_failed for check in about)


def test_responses_of_a_group_may_be_rated_one_by_one(read: Read, tmp_path: Path) -> None:
    said = [
        {**ANNA, "judged_response": letter, "ratings": {"help": score}}
        for letter, score in zip("abcd", (4, 1, 3, 4), strict=True)
    ]
    judged(read, tmp_path, *said)
    _, staging = labelled(tmp_path)
    aggregate_judgments(staging, AggregateSettings(), RUN)
    assert len(Label.from_table(staging.read(Label))) == 6


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        ({"ranking": ["a", "b", "c"]}, "'ranking' holds 3 places, wanted each of the 4 responses"),
        ({"ranking": ["a", "b", "c", "c"]}, "'ranking' holds 4 places, wanted each of the 4"),
        ({"ranking": ["a", "b", "c", "e"]}, "a place in 'ranking' is 'e', wanted a to d"),
        ({"ranking": [0, 1, 2, 3]}, "a place in 'ranking' is '0', wanted a to d"),
        ({"verdict": "a"}, "'verdict' is 'a', which is about two responses, but 4 stand side by"),
        ({"strength": 2, "ranking": list("abcd")}, "'strength' is '2', which is about two respon"),
        ({"rationale": "so"}, "'ranking' is missing, and no ratings on which all 4 responses"),
        ({"ratings": {"a": {"t": 2}, "b": 1, "c": 2, "d": 5}}, "'ranking' is missing, and no"),
    ],
)
def test_what_does_not_put_a_group_in_order_is_rejected_with_the_way_out(
    read: Read, tmp_path: Path, said: dict[str, Any], detail: str
) -> None:
    fine = {"item_id": "1", "annotator": "bob", "ranking": list("abcd")}
    outcome = judged(read, tmp_path, {**ANNA, **said}, fine)
    (reject,) = outcome.rejects
    assert (reject.reason, len(outcome.judgments)) == ("bad_judgment", 1)
    assert detail in reject.detail


def test_gold_of_a_group_is_rejected_and_of_two_in_it_is_read(read: Read, tmp_path: Path) -> None:
    group = {**NAMED, "id": "q"}
    gold = [
        {"item_id": "1", "verdict": "a"},
        {"prompt": "q", "a": "r0", "b": "r2", "verdict": "b"},
    ]
    outcome = read(
        comparisons={"path": write_lines(tmp_path / "groups.jsonl", (group,))},
        gold={"path": write_lines(tmp_path / "gold.jsonl", tuple(gold)), "max_malformed": 1},
    )
    assert outcome.reasons == ["bad_gold"]
    assert "4 responses stand side by side; gold is of two" in outcome.rejects[0].detail
    assert len(outcome.gold) == 1


@pytest.mark.parametrize(
    ("responses", "reason"),
    [(["x"], "bad_response"), (["x", 3], "bad_response"), (["x", "y", "x"], "identical_responses")],
    ids=["one", "no-text", "twice"],
)
def test_a_group_of_which_a_response_cannot_be_used_is_left_out_whole(
    read: Read, tmp_path: Path, responses: list[Any], reason: str
) -> None:
    lines = ({**GROUP, "responses": responses}, {**GROUP, "item_id": "2"})
    path = write_lines(tmp_path / "groups.jsonl", lines)
    outcome = read(comparisons={"path": path, "max_malformed": 1})
    assert outcome.reasons == [reason]
    assert len(outcome.comparisons) == 1


def test_a_list_of_two_is_a_comparison_of_two(read: Read, tmp_path: Path) -> None:
    row = {"prompt": "p", "responses": ["x", "y"], "annotator": "anna", "verdict": "b"}
    outcome = read(comparisons={"path": write_lines(tmp_path / "pairs.jsonl", (row,))})
    (judgment,) = outcome.judgments
    texts = {r.response_id: r.text for r in outcome.responses}
    (comparison,) = outcome.comparisons
    assert texts[comparison.response_ids["ab".index(str(judgment.verdict))]] == "y"


def test_two_responses_of_one_rank_are_a_tie(read: Read, tmp_path: Path) -> None:
    row = {
        "prompt": "p", "response_a": "x", "response_b": "y", "annotator": "anna",
        "ranking": json.dumps([["a", "b"]]),
    }  # fmt: skip
    outcome = read(comparisons={"path": write_lines(tmp_path / "pairs.jsonl", (row,))})
    assert [j.verdict for j in outcome.judgments] == ["tie"]
