"""Records keep the file, the line and the id that they came from."""

from pathlib import Path

import duckdb

from tests.pipelines.reading.conftest import Read, write_lines
from tests.pipelines.reading.test_docs import PAGE
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

PAIR = {
    "id": "p1", "item_id": 7, "prompt": "p", "response_a": {"text": "x", "id": "rx"}, "response_b": "y",
    "judgments": [{"id": "v1", "annotator": "anna", "verdict": "a"}, {"annotator": "ben", "verdict": "a"}],
}  # fmt: skip


def test_every_record_of_comparisons_names_its_place_and_its_own_id(
    read: Read, tmp_path: Path
) -> None:
    pairs = write_lines(tmp_path / "pairs.jsonl", (PAIR,))
    vote = {"item_id": 7, "judgment_id": "w1", "annotator": "cy", "verdict": "a"}
    file = write_lines(tmp_path / "votes.jsonl", (vote,))
    found = read(comparisons={"path": pairs, "judgments": file})
    place = "pairs.jsonl:1"
    assert [(p.source, p.source_id) for p in found.prompts] == [(place, "p1")]
    assert [(r.source, r.source_id) for r in found.responses] == [(place, "rx"), (place, None)]
    assert [(c.source, c.source_id) for c in found.comparisons] == [(place, "7")]
    assert [(j.source, j.source_id) for j in found.judgments] == [
        (place, "v1"), (place, None), ("votes.jsonl:1", "w1"),
    ]  # fmt: skip


def test_a_comparison_without_an_item_id_has_the_id_of_its_row(read: Read, tmp_path: Path) -> None:
    line = {"id": 3, "prompt": "p", "chosen": "x", "rejected": "y", "judgment_id": "v"}
    found = read(comparisons={"path": write_lines(tmp_path / "a.jsonl", (line,))})
    assert found.comparisons[0].source_id == "3"
    assert found.judgments[0].source_id == "v"


def test_ready_responses_and_comparisons_of_gold_have_places(read: Read, tmp_path: Path) -> None:
    line = {"id": 1, "prompt": "p", "responses": [{"text": "x", "id": "rx"}, {"text": "y", "id": "ry"}]}  # fmt: skip
    prompts = write_lines(tmp_path / "prompts.jsonl", (line,))
    gold = write_lines(tmp_path / "gold.jsonl", ({"prompt": 1, "a": "rx", "b": "ry", "verdict": "a"},))  # fmt: skip
    found = read(prompts={"path": prompts}, gold={"path": gold})
    assert [(r.source, r.source_id) for r in found.responses] == [
        ("prompts.jsonl:1", "rx"), ("prompts.jsonl:1", "ry"),
    ]  # fmt: skip
    assert [(c.source, c.source_id) for c in found.comparisons] == [("gold.jsonl:1", None)]


def test_places_do_not_change_ids(read: Read, tmp_path: Path) -> None:
    lines = {"prompt": "other", "response_a": "v", "response_b": "w"}, {**PAIR, "id": 9}
    moved = read(comparisons={"path": write_lines(tmp_path / "b.jsonl", lines)})
    first = read(comparisons={"path": write_lines(tmp_path / "a.jsonl", (PAIR,))})
    assert moved.comparisons[1].comparison_id == first.comparisons[0].comparison_id
    assert [j.judgment_id for j in moved.judgments] == [j.judgment_id for j in first.judgments]
    assert moved.responses[2].response_id == first.responses[0].response_id


def test_the_query_on_the_page_joins_a_release_back_to_its_file(read: Read, tmp_path: Path) -> None:
    found = read(comparisons={"path": write_lines(tmp_path / "pairs.jsonl", (PAIR,))})
    staging, chosen = Staging(tmp_path / "staging"), found.responses[0].response_id
    with duckdb.connect() as con:
        for record in (Comparison, Response, Judgment):
            con.register(record.table, staging.read(record))
        con.execute(
            "create table preferences as select 'p' as preference_id, comparison_id, ? as chosen_id from comparisons",
            [chosen],
        )
        rows = con.execute(PAGE.split("```sql\n")[1].split("```")[0]).fetchall()
    assert rows == [
        ("p", "pairs.jsonl:1", "7", "rx", "anna", "pairs.jsonl:1"),
        ("p", "pairs.jsonl:1", "7", "rx", "ben", "pairs.jsonl:1"),
    ]
