from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.reading.conftest import Outcome, Read, ReadLines, write_lines
from winnow.pipelines.reading import Inputs, read_inputs
from winnow.warehouse.staging import Staging


def pairs(read: Read, tmp_path: Path, *lines: object, **settings: Any) -> Outcome:
    path = write_lines(tmp_path / "pairs.jsonl", lines)
    return read(comparisons={"path": path, "max_malformed": 1, **settings})


def said_of(tmp_path: Path, *lines: object) -> list[str]:
    path = write_lines(tmp_path / "prompts.jsonl", lines)
    said: list[str] = []
    inputs = Inputs.model_validate({"prompts": {"path": path}})
    read_inputs(inputs, Staging(tmp_path / "staging"), "r", say=said.append)
    return said


@pytest.mark.parametrize("prompt", ["good\u200b", " good\n", "\ufeffgood", "good</s>"])
def test_a_prompt_that_looks_like_an_earlier_one_gives_it_its_responses(
    read_lines: ReadLines, prompt: str
) -> None:
    outcome = read_lines({"prompt": prompt, "responses": ["x"]})
    assert [r.detail for r in outcome.rejects] == [
        "prompts.jsonl:2: to the eye asks the same as prompts.jsonl:1; its ready responses (1) go to that prompt"
    ]
    assert outcome.responses[0].prompt_id == outcome.prompts[0].prompt_id


def test_responses_of_one_model_that_look_the_same_are_one(read_lines: ReadLines) -> None:
    responses = ["Un café.", "Un cafe\u0301.\n", {"text": "Un café.", "model": "other"}]
    outcome = read_lines({"prompt": "p", "responses": responses})
    assert outcome.reasons == ["duplicate_response"]
    assert [(r.text, r.model) for r in outcome.responses] == [
        ("Un café.", "unknown"),
        ("Un café.", "other"),
    ]


def test_comparisons_link_to_the_first_prompt_and_response_that_look_like_theirs(
    read: Read, tmp_path: Path
) -> None:
    lines = (
        {"prompt": "p", "response_a": "x", "response_b": "y", "annotator": "anna", "verdict": "a"},
        {"prompt": "p ", "response_a": "x\u200b", "response_b": "z<|im_end|>", "annotator": "anna", "verdict": "a"},
        {"prompt": "p", "response_a": "z", "response_b": "z\n"},
    )  # fmt: skip
    outcome = pairs(read, tmp_path, *lines)
    assert [r.text for r in outcome.responses] == ["x", "y", "z"]
    assert (len(outcome.prompts), len(outcome.comparisons), len(outcome.judgments)) == (1, 2, 2)
    assert outcome.reasons == ["identical_responses"]


def test_the_end_mark_of_a_template_is_taken_off_a_response_and_said(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "y</s>"}]
    lines = {"prompt": "p", "responses": ["x<|im_end|>\n"]}, {"messages": turns}, {"prompt": "r"}
    assert said_of(tmp_path, *lines) == [
        "responses that ended with a chat template's end mark, which was taken off: 2, such as <|im_end|> in prompts.jsonl:1"
    ]


def test_characters_that_nobody_sees_are_kept_counted_and_said(
    tmp_path: Path, read_lines: ReadLines
) -> None:
    line = {"prompt": "p\u200b", "responses": ["x\ufeff", "می‌خواهم 👩‍🚀"]}
    assert read_lines(line).responses[0].text == "x\ufeff"
    assert said_of(tmp_path, line) == [
        "prompts and responses with characters that nobody sees, which are kept but do not count where texts are "
        "compared: 2, such as U+FEFF in prompts.jsonl:1"
    ]


def test_a_file_without_marks_and_odd_characters_says_nothing(tmp_path: Path) -> None:
    assert said_of(tmp_path, {"prompt": "p", "responses": ["x", "<s>y</s>"]}) == []
