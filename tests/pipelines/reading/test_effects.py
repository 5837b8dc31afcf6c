"""A setting that decides nothing is an error with its key, its value and the way out."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.pipelines.reading.conftest import Read, write_lines
from winnow.pipelines.reading import Inputs
from winnow.schemas.errors import InvalidSettings

PAIR = {"prompt": "p", "response_a": "x", "response_b": "y", "extra": {"q": 1}, "empty": None}
JUDGED = {**PAIR, "verdict": "a", "annotator": "anna", "kind": "llm"}
IDLE: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (PAIR, {"columns": {"verdict": "winner"}},
     "a.jsonl: comparisons.columns.verdict is 'winner', but no row has such a column; found: empty, extra, prompt, "
     "response_a, response_b; name one of these, or drop it"),
    (PAIR, {"columns": {"reference": "extra.q"}},
     "a.jsonl: comparisons.columns.reference is 'extra.q', but no row has such a column; found: empty, extra, prompt, "
     "response_a, response_b; what is inside 'extra' cannot be named, give it a column of its own; "
     "name one of these, or drop it"),
    (PAIR, {"columns": {"domain": None}},
     "a.jsonl: comparisons.columns.domain is null, which leaves a column 'domain' unread, but no row has one; drop it"),
    (PAIR, {"columns": {"reference": "empty"}},
     "a.jsonl: comparisons.columns.reference is 'empty', which has no effect: it is empty in every row; "
     "drop it, or name another column"),
    ({**PAIR, "who": "anna"}, {"columns": {"annotator": "who"}},
     "a.jsonl: comparisons.columns.annotator is 'who', which has no effect: no row holds a judgment that it could "
     "belong to; name the column that says which is better, such as columns: {verdict: winner}; "
     "drop it, or name another column"),
    ({**PAIR, "turns": [{"role": "user", "content": "q"}]}, {"columns": {"messages": "turns"}},
     "a.jsonl: comparisons.columns.messages is 'turns', which has no effect: 'prompt' is read in its place; "
     "drop it, or name another column"),
    ({**PAIR, "by": "gpt"}, {"columns": {"chosen_model": "by"}},
     "a.jsonl: comparisons.columns.chosen_model is 'by', which has no effect: no row has the response whose author it "
     "would name; drop it, or name another column"),
    (PAIR, {"annotator": "ann"},
     "a.jsonl: comparisons.annotator is 'ann', which has no effect: no judgment is read; name the column that says "
     "which is better, such as columns: {verdict: winner}; drop it, or mend that"),
    (JUDGED, {"annotator": "ann"},
     "a.jsonl: comparisons.annotator is 'ann', which has no effect: every row says its own annotator; "
     "drop it, or mend that"),
    (JUDGED, {"kind": "verifier"},
     "a.jsonl: comparisons.kind is 'verifier', which has no effect: every row says its own kind; "
     "drop it, or mend that"),
    (JUDGED, {"verdicts": {"left": "a", "right": "b"}},
     "a.jsonl: comparisons.verdicts is {left, right}, which has no effect: none of its words occurs in any row; "
     "drop it, or mend that"),
    (PAIR, {"verdicts": {"left": "a"}},
     "a.jsonl: comparisons.verdicts is {left}, which has no effect: no judgment is read; name the column that says "
     "which is better, such as columns: {verdict: winner}; drop it, or mend that"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "settings", "message"), IDLE, ids=lambda v: str(v)[-40:])
def test_a_setting_without_effect_stops_the_run(
    read: Read, tmp_path: Path, line: dict[str, Any], settings: dict[str, Any], message: str
) -> None:
    path = write_lines(tmp_path / "a.jsonl", (line,))
    with pytest.raises(InvalidSettings) as caught:
        read(comparisons={"path": path, **settings})
    assert str(caught.value) == message


def test_settings_of_comparisons_are_not_those_of_their_file_of_judgments(
    read: Read, tmp_path: Path
) -> None:
    pairs = write_lines(tmp_path / "pairs.jsonl", ({**PAIR, "item_id": 1},))
    votes = write_lines(tmp_path / "votes.jsonl", ({"item_id": 1, "verdict": "a", "annotator": "x"},))  # fmt: skip
    with pytest.raises(InvalidSettings, match=r"those of votes.jsonl have settings of their own"):
        read(comparisons={"path": pairs, "judgments": votes, "annotator": "anna"})


def test_a_basis_that_every_gold_row_says_itself_has_no_effect(read: Read, tmp_path: Path) -> None:
    pairs = write_lines(tmp_path / "pairs.jsonl", ({**PAIR, "item_id": 1},))
    gold = write_lines(tmp_path / "gold.jsonl", ({"item_id": 1, "verdict": "a", "basis": "hand"},))
    with pytest.raises(InvalidSettings, match=r"gold.jsonl: gold.basis is 'authors', which has no"):
        read(comparisons={"path": pairs}, gold={"path": gold, "basis": "authors"})


def test_the_author_of_responses_has_no_effect_where_there_are_none(
    read: Read, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "a.jsonl", ({"prompt": "p", "by": "gpt"},))
    with pytest.raises(InvalidSettings, match=r"prompts.columns.model is 'by', which has no effect"):  # fmt: skip
        read(prompts={"path": path, "columns": {"model": "by"}})


def test_a_split_of_a_file_and_a_format_of_a_saved_data_set_have_no_effect(
    read: Read, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "a.jsonl", (PAIR,))
    with pytest.raises(InvalidSettings, match=r"comparisons.split is 'test', which has no effect"):
        read(comparisons={"path": path, "split": "test"})
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "dataset_info.json").write_text("{}")
    with pytest.raises(InvalidSettings, match=r"prompts.format is 'csv', which has no effect"):
        read(prompts={"path": tmp_path / "saved", "format": "csv"})


def test_a_seed_without_a_sample_and_a_format_of_the_hub_are_refused() -> None:
    with pytest.raises(ValidationError, match="'seed' is 3, which has no effect without 'sample'"):
        Inputs.model_validate({"prompts": {"path": "a", "seed": 3}})
    with pytest.raises(ValidationError, match="'format' is for files, but 'dataset' is given"):
        Inputs.model_validate({"prompts": {"dataset": "a/b", "format": "csv"}})


def test_settings_that_decide_something_in_one_row_are_fine(read: Read, tmp_path: Path) -> None:
    lines = {**JUDGED, "note": 1}, {**JUDGED, "prompt": "q", "annotator": None, "verdict": "left"}
    path = write_lines(tmp_path / "a.jsonl", lines)
    settings = {"annotator": "ben", "verdicts": {"left": "a"}, "columns": {"domain": "note"}}
    settings["columns"] = {"kind": None}
    outcome = read(comparisons={"path": path, **settings})
    assert [(j.annotator_id, j.kind) for j in outcome.judgments] == [
        ("anna", "human"), ("ben", "human"),
    ]  # fmt: skip
