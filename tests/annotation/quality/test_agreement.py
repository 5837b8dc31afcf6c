from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import evalica
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from winnow.annotation.aggregation import aggregate
from winnow.annotation.quality.agreement import SCALE, long_form, measure_agreement
from winnow.schemas.errors import MalformedInput
from winnow.schemas.judgments import Judgment

PANDALM = Path(__file__).parents[4] / "shared/data/pandalm"
needs_pandalm = pytest.mark.skipif(
    not PANDALM.is_dir(), reason="needs the labelled comparisons in ../shared/data/pandalm"
)


def said(verdict: str, minute: int, **more: object) -> Judgment:
    fields = {"comparison_id": "c", "annotator_id": "ann", "kind": "human", "verdict": verdict}
    when = datetime(2026, 3, 4, 9, minute, tzinfo=UTC)
    return Judgment.model_validate({**fields, "created_at": when, **more})


def test_a_superseded_judgment_is_not_measured() -> None:
    first = said("a", 0)
    changed = said("b", 5, supersedes=first.judgment_id)
    table = long_form(Judgment.to_table([first, changed]))
    assert [(row["verdict"], row["repeat"]) for row in table.to_pylist()] == [("b", 0)]


def test_later_judgments_of_one_item_are_numbered_as_repeats() -> None:
    table = long_form(Judgment.to_table([said("b", 5, request_id="r"), said("a", 0)]))
    assert [(r["verdict"], r["repeat"]) for r in table.to_pylist()] == [("a", 0), ("b", 1)]


def test_a_judge_that_sees_both_orders_repeats_nothing() -> None:
    both = [said("a", 0, kind="llm", order=order) for order in ("ab", "ba")]
    assert long_form(Judgment.to_table(both))["repeat"].to_pylist() == [0, 0]


def test_only_the_asked_kind_is_measured() -> None:
    table = pa.table(
        {
            "item_id": ["i", "i", "i"],
            "annotator": ["ann", "bob", "judge"],
            "kind": ["human", "human", "llm"],
            "verdict": ["a", "a", "b"],
        }
    )
    assert measure_agreement(table).tables["pairs"].num_rows == 1


def test_a_table_without_verdicts_is_refused() -> None:
    table = pa.table({"item_id": ["i"], "annotator": ["ann"]})
    with pytest.raises(MalformedInput, match="judgments lack verdict; wanted item_id, annotator"):
        measure_agreement(table)


def test_no_judgments_give_empty_tables_and_no_alpha() -> None:
    nothing = long_form(Judgment.to_table([]))
    agreement = measure_agreement(nothing)
    assert agreement.alphas["nominal"].value is None
    assert {table.num_rows for table in agreement.tables.values()} == {0}


@needs_pandalm
def test_alpha_of_the_pandalm_people_equals_evalicas() -> None:
    votes = pq.read_table(PANDALM / "judgments.parquet")
    people = votes.to_pandas().query("kind == 'human'").assign(value=lambda t: t.verdict.map(SCALE))
    matrix = people.pivot(index="annotator", columns="item_id", values="value")
    alphas = measure_agreement(votes).alphas
    for level in ("nominal", "ordinal"):
        assert alphas[level].value == pytest.approx(evalica.alpha(matrix, distance=level).alpha)


@needs_pandalm
def test_the_majority_of_the_pandalm_people_is_its_gold() -> None:
    votes = pq.read_table(PANDALM / "judgments.parquet")
    people = [row for row in votes.to_pylist() if row["kind"] == "human"]
    labels = aggregate(pa.Table.from_pylist(people), method="majority").labels.to_pylist()
    gold = {r["item_id"]: r["verdict"] for r in pq.read_table(PANDALM / "gold.parquet").to_pylist()}
    top = {row["item_id"]: max("a", "b", "tie", key=lambda v: row[f"p_{v}"]) for row in labels}
    count = Counter((row["item_id"], row["verdict"]) for row in people)
    decided = [item for item in gold if max(count[item, v] for v in ("a", "b", "tie")) >= 2]
    assert len(decided) > 950
    assert all(top[item] == gold[item] for item in decided)
