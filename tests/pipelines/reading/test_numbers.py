from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.pipelines.reading.conftest import Outcome, Read, ReadLines, write_lines

NAN = float("nan")
PAIR = {"prompt": "p", "response_a": "x", "response_b": "y"}


def judged(read: Read, tmp_path: Path, *rows: dict[str, Any], **settings: Any) -> Outcome:
    """Read two pairs, 1 and 2, with judgments from a table as pandas writes it."""
    lines = [PAIR | {"item_id": "1"}, PAIR | {"item_id": "2", "prompt": "q"}]
    pairs = write_lines(tmp_path / "pairs.jsonl", tuple(lines))
    path = tmp_path / "judgments.parquet"
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    source = {"path": path, "annotator": "anna", "max_malformed": 1, **settings}
    return read(comparisons={"path": pairs, "judgments": source})


def test_nan_in_an_optional_column_is_missing(read: Read, tmp_path: Path) -> None:
    rows = (
        {"item_id": "1", "verdict": "a", "strength": -2.0, "probability": 0.1},
        {"item_id": "2", "verdict": "tie", "strength": NAN, "probability": NAN},
    )
    outcome = judged(read, tmp_path, *rows)
    assert outcome.rejects == []
    assert [abs(j.strength) if j.strength else None for j in outcome.judgments] == [2, None]
    assert outcome.judgments[1].probability is None


@pytest.mark.parametrize(
    "verdicts",
    [{1: "a", 2: "b"}, {"1": "a", "2": "b"}, {1.0: "a", 2.0: "b"}, {"1.0": "a", "2.0": "b"}],
)
def test_ids_and_verdicts_that_a_table_made_floats_are_the_whole_numbers_they_were(
    read: Read, tmp_path: Path, verdicts: dict[Any, str]
) -> None:
    rows = (
        {"item_id": 1.0, "verdict": 1.0},
        {"item_id": 2.0, "verdict": 2.0},
        {"item_id": NAN, "verdict": NAN},
    )
    outcome = judged(read, tmp_path, *rows, verdicts=verdicts)
    assert [j.annotator_id for j in outcome.judgments] == ["anna", "anna"]
    assert [r.detail for r in outcome.rejects] == ["judgments.parquet:3: 'item_id' is missing"]


def test_whole_numbers_written_as_1_0_in_a_csv_are_whole_numbers(
    read: Read, tmp_path: Path
) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("item_id,prompt,response_a,response_b,verdict,strength\n1.0,p,x,y,2.0,1.0\n")
    judgments = write_lines(
        tmp_path / "more.jsonl", ({"item_id": 1, "annotator": 7, "verdict": "a"},)
    )
    settings = {"path": path, "annotator": "anna", "verdicts": {2: "b"}, "judgments": judgments}
    outcome = read(comparisons=settings)
    assert [j.annotator_id for j in outcome.judgments] == ["anna", "7"]
    assert abs(outcome.judgments[0].strength or 0) == 1


@pytest.mark.parametrize("word", [True, "True", "true", "yes"])
def test_true_is_one_word_however_file_and_settings_write_it(
    read: Read, tmp_path: Path, word: object
) -> None:
    path = write_lines(tmp_path / "a.jsonl", (PAIR | {"verdict": word},))
    for key in (True, "true", "True"):
        outcome = read(comparisons={"path": path, "annotator": "anna", "verdicts": {key: "tie"}})
        assert [j.verdict for j in outcome.judgments] == ["tie"]


@pytest.mark.parametrize(
    "number",
    ["12345678901234567890123", "0.12345678901234567890123", "1e-400", "-0.1", "9007199254740993", "5E+22", "1.5"],
)  # fmt: skip
def test_a_number_in_tool_arguments_arrives_with_all_its_digits(
    read_lines: ReadLines, number: str
) -> None:
    call = f'{{"name": "send", "arguments": {{"id": {number}}}}}'
    outcome = read_lines(f'{{"prompt": "Send.", "responses": [{{"tool_calls": [{call}]}}]}}')
    (response,) = outcome.responses
    assert response.tool_calls[0].arguments in (
        f'{{"id":{number}}}',
        '{"id":5e+22}',
        '{"id":1E-400}',
    )


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400"])
def test_arguments_with_a_number_that_json_cannot_hold_are_rejected(
    read_lines: ReadLines, number: str
) -> None:
    call = f'{{"name": "send", "arguments": {{"id": {number}}}}}'
    outcome = read_lines(f'{{"prompt": "Send.", "responses": [{{"tool_calls": [{call}]}}, "x"]}}')
    assert [r.text for r in outcome.responses] == ["x"]
    assert outcome.rejects[0].detail == (
        "prompts.jsonl:2#responses[0]: responses[0].tool_calls[0].arguments cannot be written as JSON: it holds NaN, "
        "infinity, a value without a form in JSON, or is nested too deeply"
    )


def test_arguments_that_came_as_text_stay_that_text(read_lines: ReadLines) -> None:
    call = {"name": "set", "arguments": '{"level": NaN, "n": 1.10}'}
    (response,) = read_lines({"prompt": "Set.", "responses": [{"tool_calls": [call]}]}).responses
    assert response.tool_calls[0].arguments == '{"level": NaN, "n": 1.10}'


def test_arguments_in_a_table_lack_the_keys_that_other_calls_have(
    read: Read, tmp_path: Path
) -> None:
    arguments: list[dict[str, Any]] = [
        {"city": "Oslo"},
        {"id": 5, "deep": {"a": None, "b": [1]}},
        {},
    ]
    rows = [
        {"prompt": f"p{i}", "tools": [{"name": "f", "parameters": said}],
         "responses": [{"text": "", "tool_calls": [{"name": "f", "arguments": said}]}]}
        for i, said in enumerate(arguments)
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "p.parquet")
    outcome = read(prompts={"path": tmp_path / "p.parquet"})
    wanted = ['{"city":"Oslo"}', '{"deep":{"b":[1]},"id":5}', "{}"]
    assert [r.tool_calls[0].arguments for r in outcome.responses] == wanted
    assert outcome.prompts[0].tools == '[{"name":"f","parameters":{"city":"Oslo"}}]'


def test_a_key_of_verdicts_that_is_no_word_says_what_to_do() -> None:
    with pytest.raises(
        ValueError, match=r"the key None is no text; put it in quotes, as the file writes it"
    ):
        from winnow.pipelines.reading.settings import JudgmentSource

        JudgmentSource.model_validate({"path": "x", "verdicts": {None: "a"}})
