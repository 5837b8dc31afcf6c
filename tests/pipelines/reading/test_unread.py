"""What a source holds and nothing reads is said, with an example."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset

from tests.pipelines.reading.conftest import Read, write_lines
from winnow.schemas.errors import MalformedInput

TASKS = [{"prompt": "Translate.", "input": f"word {i}", "output": i, "nothing": None} for i in range(3)]  # fmt: skip


def write(path: Path) -> Path:
    match path.suffix:
        case ".jsonl":
            write_lines(path, tuple(TASKS))
        case ".json":
            path.write_text(json.dumps(TASKS), encoding="utf-8")
        case ".parquet":
            # A column of nulls alone has a type, so that it may hold something further on.
            pq.write_table(pa.Table.from_pylist(TASKS).drop_columns("nothing"), path)
        case ".csv":
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(TASKS[0]))
                writer.writeheader()
                writer.writerows(TASKS)
        case _:
            Dataset.from_list(TASKS).remove_columns("nothing").save_to_disk(path)
    return path


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.parquet", "a.csv", "saved"])
def test_columns_that_are_not_read_are_listed_with_an_example_in_every_format(
    read: Read, tmp_path: Path, name: str
) -> None:
    output = "'0'" if name == "a.csv" else "0"
    assert read(prompts={"path": write(tmp_path / name)}).said == [
        f"not read: {name}: input, such as 'word 0'",
        f"not read: {name}: output, such as {output}",
    ]


def test_a_key_that_only_later_lines_have_is_listed(read: Read, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", ({"prompt": "p"}, {"prompt": "q", "score": 0.5}))
    assert read(prompts={"path": path}).said == ["not read: a.jsonl: score, such as 0.5"]


def test_keys_of_judgments_and_responses_that_are_not_read_are_listed(
    read: Read, tmp_path: Path
) -> None:
    line = {
        "prompt": "p",
        "response_a": {"text": "x", "rank": 1},
        "response_b": "y",
        "judgments": [{"annotator": "anna", "verdict": "a", "scores": [{"value": 4}]}],
    }
    pairs = write_lines(tmp_path / "pairs.jsonl", (line,))
    listed = {"prompt": "q", "responses": [{"text": "x", "overall": 2.5}, "y"]}
    prompts = write_lines(tmp_path / "prompts.jsonl", (listed,))
    assert read(prompts={"path": prompts}, comparisons={"path": pairs}).said == [
        "not read: prompts.jsonl: responses[].overall, such as 2.5",
        "not read: pairs.jsonl: response_a.rank, such as 1",
        'not read: pairs.jsonl: judgments[].scores, such as [{"value": 4}]',
    ]


def test_keys_of_turns_that_are_not_read_are_listed(read: Read, tmp_path: Path) -> None:
    turn = {"role": "user", "content": "p", "weight": 0}
    path = write_lines(tmp_path / "a.jsonl", ({"messages": [turn]},))
    assert read(prompts={"path": path}).said == ["not read: a.jsonl: messages[].weight, such as 0"]


def test_a_column_that_another_comes_before_is_listed(read: Read, tmp_path: Path) -> None:
    line = {"prompt": "p", "messages": [{"role": "user", "content": "q"}]}
    line |= {"response_a": "x", "response_b": "y", "chosen": "z"}
    path = write_lines(tmp_path / "a.jsonl", (line,))
    assert read(comparisons={"path": path}).said == [
        'not read: a.jsonl: messages, such as [{"role": "user", "content": "q"}]',
        "not read: a.jsonl: chosen, such as 'z'",
    ]


def test_an_example_is_short_and_safe_for_a_terminal(read: Read, tmp_path: Path) -> None:
    line = {"prompt": "p", "note\x1b[2J": "red\x1b[31m\nline " + "x" * 99}
    path = write_lines(tmp_path / "a.jsonl", (line,))
    assert read(prompts={"path": path}).said == [
        r"not read: a.jsonl: note\x1b[2J, such as 'red\x1b[31m\nline " + "x" * 23 + "...'"
    ]


def test_a_file_whose_keys_are_data_is_listed_in_part(read: Read, tmp_path: Path) -> None:
    lines = tuple({"prompt": f"p{i}", f"key {i}": i} for i in range(600))
    said = read(prompts={"path": write_lines(tmp_path / "a.jsonl", lines)}).said
    assert len(said) == 41
    assert said[0] == "not read: a.jsonl: key 0, such as 0"
    assert said[-1] == "not read: a.jsonl: and 459 more columns"


def test_what_is_unread_is_said_before_the_run_stops(tmp_path: Path, read: Read) -> None:
    answers = [{"answer": "x", "rank": 1}, {"answer": "y", "rank": 2}]
    path = write_lines(tmp_path / "a.jsonl", ({"prompt": "p", "responses": answers},))
    with pytest.raises(MalformedInput, match="2 of 2 responses are malformed") as caught:
        read(prompts={"path": path})
    assert "found: answer, rank" in str(caught.value)


def test_levels_that_become_one_verdict_are_said(read: Read, tmp_path: Path) -> None:
    lines = tuple(
        {"prompt": f"p{n}", "response_a": "x", "response_b": "y", "verdict": n, "annotator": "anna"}
        for n in (1, 2, 7)
    )
    path = write_lines(tmp_path / "a.jsonl", lines)
    words = {"1": "a", "2": "a", "4": "tie", "7": "b"}
    assert read(comparisons={"path": path, "verdicts": words}).said == [
        "a.jsonl: verdicts 1, 2 all become a, how much better is not read; "
        "a column with -3 (a is much better) to 3 may be mapped to strength",
        "a.jsonl: verdicts that never occur: 4",
    ]
