"""Columns that the settings name are kept with the prompt, as the file has them."""

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset

from tests.pipelines.reading.conftest import Read, ReadLines, write_lines
from winnow.pipelines.reading import Inputs
from winnow.schemas.errors import InvalidSettings

TASKS: list[dict[str, Any]] = [
    {"prompt": "Add.", "difficulty": 4, "tests": ["f(1) == 2", "f(2) == 3"], "persona": {"age": 9}},
    {"prompt": "Halve.", "difficulty": 1, "tests": [], "persona": {"age": 70}},
]
KEPT = ["difficulty", "tests", "persona"]


def write(path: Path) -> Path:
    match path.suffix:
        case ".jsonl":
            write_lines(path, tuple(TASKS))
        case ".json":
            path.write_text(json.dumps(TASKS), encoding="utf-8")
        case ".parquet":
            pq.write_table(pa.Table.from_pylist(TASKS), path)
        case ".csv" | ".tsv":
            with path.open("w", newline="", encoding="utf-8") as file:
                comma = "," if path.suffix == ".csv" else "\t"
                writer = csv.DictWriter(file, list(TASKS[0]), delimiter=comma)
                writer.writeheader()
                writer.writerows(
                    {k: v if k in ("prompt", "difficulty") else json.dumps(v) for k, v in t.items()}
                    for t in TASKS
                )
        case _:
            Dataset.from_list(TASKS).save_to_disk(path)
    return path


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.parquet", "saved"])
def test_every_format_brings_metadata_with_its_types(read: Read, tmp_path: Path, name: str) -> None:
    outcome = read(prompts={"path": write(tmp_path / name), "keep": KEPT})
    found = [json.loads(p.metadata or "null") for p in outcome.prompts]
    assert found == [{key: task[key] for key in KEPT} for task in TASKS]
    assert outcome.said == []


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_a_sheet_brings_metadata_as_the_text_of_its_cells(
    read: Read, tmp_path: Path, name: str
) -> None:
    outcome = read(prompts={"path": write(tmp_path / name), "keep": KEPT})
    assert json.loads(outcome.prompts[0].metadata or "") == {
        "difficulty": "4", "tests": '["f(1) == 2", "f(2) == 3"]', "persona": '{"age": 9}',
    }  # fmt: skip


def test_metadata_is_no_part_of_the_prompts_id(read_lines: ReadLines, tmp_path: Path) -> None:
    kept = read_lines({"prompt": "q", "level": 3}, keep=["level"]).prompts[1]
    plain = read_lines({"prompt": "q", "level": 3}).prompts[1]
    assert (kept.metadata, plain.metadata) == ('{"level":3}', None)
    assert kept.prompt_id == plain.prompt_id


def test_columns_that_are_not_kept_are_still_named(read_lines: ReadLines) -> None:
    outcome = read_lines({"prompt": "q", "level": 3, "note": "n"}, keep=["level"])
    assert outcome.said == ["not read: prompts.jsonl: note, such as 'n'"]


def test_comparisons_bring_metadata_too(read: Read, tmp_path: Path) -> None:
    line = {"prompt": "q", "response_a": "x", "response_b": "y", "level": 3}
    path = write_lines(tmp_path / "pairs.jsonl", (line,))
    outcome = read(comparisons={"path": path, "keep": ["level"]})
    assert [p.metadata for p in outcome.prompts] == ['{"level":3}']


def test_what_a_row_does_not_hold_is_not_in_its_metadata(read_lines: ReadLines) -> None:
    lines = ({"prompt": "q", "level": None}, {"prompt": "r", "level": float("nan")})
    outcome = read_lines(*lines, {"prompt": "s", "level": 0}, keep=["level"])
    assert [p.metadata for p in outcome.prompts] == [None, None, None, '{"level":0}']


def test_numbers_keep_their_digits_and_dates_are_written_as_iso(read: Read, tmp_path: Path) -> None:
    exact = Decimal("0.12345678901234567890")
    row = {"prompt": "q", "weight": exact, "made": date(2026, 11, 30)}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "a.parquet")
    outcome = read(prompts={"path": tmp_path / "a.parquet", "keep": ["weight", "made"]})
    assert outcome.prompts[0].metadata == '{"made":"2026-11-30","weight":0.12345678901234567890}'


@pytest.mark.parametrize(
    ("value", "reason"),
    [({"deep": ["a\0b"]}, "nul_character"), (["\ud800"], "not_unicode"), (1e999, "bad_field")],
    ids=["nul", "surrogate", "infinite"],
)
def test_metadata_that_cannot_be_kept_rejects_its_row(
    read_lines: ReadLines, value: object, reason: str
) -> None:
    lines = ({"prompt": "q", "level": value}, {"prompt": "r", "level": 1})
    outcome = read_lines(*lines, keep=["level"])
    assert outcome.reasons == [reason]
    assert "'level'" in outcome.rejects[0].detail


def test_bytes_are_no_metadata_and_the_way_out_is_named(read: Read, tmp_path: Path) -> None:
    rows = [{"prompt": "q", "image": b"\xff"}, {"prompt": "r", "image": None}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    path = tmp_path / "a.parquet"
    outcome = read(prompts={"path": path, "keep": ["image"], "max_malformed": 1})
    assert outcome.rejects[0].detail.endswith(
        "'image' holds a value of type bytes, which JSON has no form for; take it out of keep"
    )


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_a_kept_column_that_no_row_has_stops_the_run(read: Read, tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name)
    with pytest.raises(InvalidSettings, match=r"'dificulty'.*difficulty, ") as caught:
        read(prompts={"path": path, "keep": ["dificulty"]})
    assert "prompts.keep" in str(caught.value)


def test_a_kept_column_that_is_empty_in_every_row_stops_the_run(read_lines: ReadLines) -> None:
    with pytest.raises(InvalidSettings, match=r"prompts\.keep names 'level'.*empty in every row"):
        read_lines({"prompt": "q", "level": None}, keep=["level"])


def test_a_column_that_is_kept_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="'level' stands twice"):
        Inputs.model_validate({"prompts": {"path": "a.jsonl", "keep": ["level", "level"]}})


def test_other_metadata_of_the_same_prompt_is_said(read: Read, tmp_path: Path) -> None:
    pair = {"prompt": "q", "response_a": "x", "level": 3}
    lines = (pair | {"response_b": "y"}, pair | {"response_b": "z", "level": 4})
    path = write_lines(tmp_path / "pairs.jsonl", lines)
    outcome = read(comparisons={"path": path, "keep": ["level"]})
    assert [p.metadata for p in outcome.prompts] == ['{"level":3}']
    assert outcome.said == [
        "prompt that came again with other metadata, of which the first is kept: 1, "
        'such as {"level": 4} in pairs.jsonl:2'
    ]
