"""Battles, two models and a winner without texts, among ready comparisons."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.pipelines.reading.conftest import Outcome, Read, write_lines
from winnow.schemas.comparisons import Comparison

BATTLE = {"model_a": "large", "model_b": "small", "verdict": "a", "annotator": "ann"}
PAIR = BATTLE | {"prompt": "Why?", "response_a": "So.", "response_b": "No."}


def read_battles(read: Read, folder: Path, *lines: object, **settings: Any) -> Outcome:
    path = write_lines(folder / "battles.jsonl", lines)
    return read(comparisons={"path": path, "max_malformed": 1, **settings})


def winners(outcome: Outcome) -> list[str]:
    """Name the model that each judgment calls the better one."""
    models = {r.response_id: r.model for r in outcome.responses}
    sides = {c.comparison_id: [models[i] for i in c.response_ids] for c in outcome.comparisons}
    return sorted(
        sides[str(j.comparison_id)]["ab".index(str(j.verdict))] for j in outcome.judgments
    )


def test_a_battle_is_a_comparison_of_responses_that_nobody_knows(
    read: Read, tmp_path: Path
) -> None:
    outcome = read_battles(read, tmp_path, BATTLE | {"item_id": "b1"}, PAIR)
    unknown = [r for r in outcome.responses if not r.is_known]
    assert [(r.text, r.source_id, r.source) for r in unknown] == [
        (None, "b1", "battles.jsonl:1")
    ] * 2
    assert {r.model for r in unknown} == {"large", "small"}
    assert sorted(p.is_known for p in outcome.prompts) == [False, True]
    assert winners(outcome) == ["large", "large"]
    assert (
        "battles.jsonl: 1 comparison names two models and holds the text of neither: it counts for labels and for how "
        "models stand, and no preference comes of it"
    ) in outcome.said


def as_table(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(
            file, list(rows[0]), delimiter="\t" if path.suffix == ".tsv" else ","
        )
        writer.writeheader()
        writer.writerows(rows)


def as_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    write_lines(path, tuple(rows))


WRITERS: dict[str, Callable[[Path, list[dict[str, Any]]], object]] = {
    "battles.csv": as_table,
    "battles.tsv": as_table,
    "battles.jsonl": as_lines,
    "battles.json": lambda path, rows: path.write_text(json.dumps(rows)),
    "battles.parquet": lambda path, rows: pq.write_table(pa.Table.from_pylist(rows), path),
    "saved": lambda path, rows: datasets.Dataset.from_list(rows).save_to_disk(path),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_can_bring_battles(read: Read, tmp_path: Path, name: str) -> None:
    won = [BATTLE | {"item_id": f"b{i}", "verdict": verdict} for i, verdict in enumerate("abb")]
    WRITERS[name](tmp_path / name, won)
    outcome = read(comparisons={"path": tmp_path / name})
    assert winners(outcome) == ["large", "small", "small"]
    assert len(outcome.comparisons) == 3
    assert outcome.rejects == []


def test_columns_that_hold_no_text_in_a_row_are_as_if_not_there(read: Read, tmp_path: Path) -> None:
    as_table(
        tmp_path / "pairs.csv", [PAIR, {**PAIR, "prompt": "", "response_a": "", "response_b": ""}]
    )
    outcome = read(comparisons={"path": tmp_path / "pairs.csv"})
    assert sorted(r.text is None for r in outcome.responses) == [False, False, True, True]


def test_rows_of_one_item_are_one_comparison_whichever_model_comes_first(
    read: Read, tmp_path: Path
) -> None:
    turned = {"model_a": "small", "model_b": "large", "verdict": "b", "annotator": "bob"}
    outcome = read_battles(read, tmp_path, *(row | {"item_id": 7} for row in (BATTLE, turned)))
    assert len(outcome.comparisons) == 1
    assert winners(outcome) == ["large", "large"]
    assert outcome.reasons == ["duplicate_comparison"]


def test_battles_of_two_models_without_an_id_are_two_comparisons(
    read: Read, tmp_path: Path
) -> None:
    outcome = read_battles(read, tmp_path, BATTLE, BATTLE)
    assert len(outcome.comparisons) == len(outcome.prompts) == 2
    assert outcome.rejects == []


def test_battles_with_the_id_of_a_prompt_were_asked_the_same(read: Read, tmp_path: Path) -> None:
    rows = ({"item_id": i, "id": "p1"} for i in "xy")
    outcome = read_battles(read, tmp_path, *(BATTLE | row for row in rows))
    assert [p.source_id for p in outcome.prompts] == ["p1"]
    assert len(outcome.comparisons) == 2


def test_a_prompt_that_a_battle_tells_is_known(read: Read, tmp_path: Path) -> None:
    outcome = read_battles(read, tmp_path, BATTLE | {"prompt": "Why?"})
    assert [p.messages[0].content for p in outcome.prompts] == ["Why?"]
    assert [r.text for r in outcome.responses] == [None, None]


def test_the_same_battle_has_the_same_ids_wherever_its_file_lies(
    read: Read, tmp_path: Path
) -> None:
    def comparisons(name: str) -> list[Comparison]:
        path = write_lines(tmp_path / name, (BATTLE | {"item_id": "b1"},))
        return read(comparisons={"path": path}).comparisons

    one, other = comparisons("one.jsonl"), comparisons("other.jsonl")
    assert one[0].comparison_id == other[0].comparison_id


def test_a_model_named_as_chosen_won(read: Read, tmp_path: Path) -> None:
    outcome = read_battles(read, tmp_path, {"chosen_model": "small", "rejected_model": "large"})
    assert winners(outcome) == ["small"]


def test_gold_and_judgments_of_a_file_of_their_own_find_battles_by_item(
    read: Read, tmp_path: Path
) -> None:
    row = {"item_id": "b1", "model_a": "large", "model_b": "small"}
    votes = [{"item_id": "b1", "verdict": v, "annotator": w} for v, w in (("a", "x"), ("b", "y"))]
    outcome = read(
        comparisons={
            "path": write_lines(tmp_path / "battles.jsonl", (row,)),
            "judgments": write_lines(tmp_path / "votes.jsonl", tuple(votes)),
        },
        gold={"path": write_lines(tmp_path / "gold.jsonl", ({"item_id": "b1", "verdict": "b"},))},
    )
    assert winners(outcome) == ["large", "small"]
    assert [g.comparison_id for g in outcome.gold] == [outcome.comparisons[0].comparison_id]


@pytest.mark.parametrize(
    ("changes", "reason", "detail"),
    [
        ({"model_b": "large"}, "identical_responses",
         "battles.jsonl:2: both sides are 'large', and the row holds the text of neither: nothing tells them apart"),
        ({"model_b": " "}, "bad_response",
         "battles.jsonl:2: 'model_b' is blank, wanted the name of a model, since the row holds no text of its response"),
        ({"model_b": None}, "missing_prompt", "battles.jsonl:2: no 'prompt' or 'messages'; found columns: "),
        ({"response_a": "So.", "prompt": "Why?"}, "bad_response", "battles.jsonl:2: response_b is missing"),
    ],
    ids=["one model", "blank", "one model alone", "one text alone"],
)  # fmt: skip
def test_a_row_that_is_no_battle_is_named_by_file_and_line(
    read: Read, tmp_path: Path, changes: dict[str, Any], reason: str, detail: str
) -> None:
    outcome = read_battles(read, tmp_path, BATTLE, BATTLE | changes)
    assert outcome.reasons == [reason]
    assert str(outcome.rejects[0].detail).startswith(detail)


def test_two_battles_under_one_item_id_are_named(read: Read, tmp_path: Path) -> None:
    rows = (BATTLE | {"item_id": "b1", "model_b": other} for other in ("small", "tiny"))
    outcome = read_battles(read, tmp_path, *rows)
    assert outcome.reasons == ["duplicate_item"]
