import json
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.reading.conftest import Read, ReadLines, write_lines
from winnow.schemas.prompts import Message, Part, ToolCall

USER = {"role": "user", "content": "Rain in Oslo?"}


@pytest.mark.parametrize(
    "chosen",
    [
        {"from": "gpt", "value": "yes"},
        {"role": "assistant", "content": "yes"},
        {"role": "assistant", "content": [{"type": "text", "value": "yes"}]},
        [{"from": "gpt", "value": "yes"}],
        {"value": "yes"},
        {"text": [{"type": "output_text", "text": "yes"}]},
    ],
)
def test_a_side_may_be_a_turn_with_the_words_under_any_of_their_names(
    read: Read, tmp_path: Path, chosen: Any
) -> None:
    line = {"prompt": "Rain?", "chosen": chosen, "rejected": {"from": "gpt", "value": "no"}}
    outcome = read(comparisons={"path": write_lines(tmp_path / "a.jsonl", (line,))})
    assert [(r.text, r.turns) for r in outcome.responses] == [("yes", ()), ("no", ())]


def test_sharegpt_calls_and_observations_are_tool_calls_and_their_results(
    read_lines: ReadLines,
) -> None:
    turns = [
        {"from": "human", "value": "Rain?"},
        {"from": "function_call", "value": '{"name": "rain", "arguments": {"id": 12345678901234567890123}}'},
        {"from": "observation", "value": '{"t": 3}'},
    ]  # fmt: skip
    messages = read_lines({"messages": turns}).prompts[1].messages
    call = ToolCall(name="rain", arguments='{"id":12345678901234567890123}')
    assert messages[1:] == (
        Message(role="assistant", tool_calls=(call,)),
        Message(role="tool", content='{"t": 3}'),
    )


def test_a_call_that_is_no_json_is_rejected_with_its_place(read_lines: ReadLines) -> None:
    turns = [USER, {"from": "function_call", "value": "rain(Oslo)"}, USER]
    assert read_lines({"messages": turns}).rejects[0].detail == (
        "prompts.jsonl:2: messages[1].content is no JSON: expecting value at character 0; wanted {name, arguments}"
    )


def test_the_function_call_of_older_turns_is_a_tool_call(read_lines: ReadLines) -> None:
    call = {"name": "rain", "arguments": "{}"}
    turns = [USER, {"role": "assistant", "content": "", "function_call": call}, USER]
    message = read_lines({"messages": turns}).prompts[1].messages[1]
    assert message == Message(role="assistant", tool_calls=(ToolCall(name="rain", arguments="{}"),))


def test_parts_may_hold_their_words_as_value(read_lines: ReadLines) -> None:
    parts = [
        {"type": "text", "value": "What is this?"},
        {"type": "input_image", "image_url": "https://e.org/a.png"},
    ]
    message = read_lines({"messages": [{"role": "user", "content": parts}]}).prompts[1].messages[0]
    assert message.parts == (
        Part(type="text", text="What is this?"),
        Part(type="image", image="https://e.org/a.png"),
    )


def test_any_cell_of_a_table_may_hold_json_text(read: Read, tmp_path: Path) -> None:
    calls = json.dumps([{"name": "rain", "arguments": {"city": "Oslo"}}])
    row = {
        "prompt": json.dumps([USER]),
        "tools": json.dumps([json.dumps({"name": "rain"})]),
        "chosen": json.dumps([USER, {"role": "assistant", "content": "", "tool_calls": calls}]),
        "rejected": json.dumps({"role": "assistant", "content": "no"}),
    }
    outcome = read(comparisons={"path": write_lines(tmp_path / "a.jsonl", (row,))})
    assert outcome.prompts[0].messages == (Message(role="user", content="Rain in Oslo?"),)
    assert outcome.prompts[0].tools == '[{"name":"rain"}]'
    assert outcome.responses[0].tool_calls == (ToolCall(name="rain", arguments='{"city":"Oslo"}'),)
    assert outcome.responses[1].text == "no"


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        "[1, 2]",
        '[{"name": "x"}]',
        '{"from": "Oslo", "value": 3}',
        '{"role": "user", "id": 3}',
        '{"role": [1]}',
        "[see below]",
        '{"role',
    ],
)
def test_an_answer_that_is_json_itself_stays_a_text(read_lines: ReadLines, text: str) -> None:
    outcome = read_lines({"prompt": "Give JSON.", "responses": [text]})
    assert [r.text for r in outcome.responses] == [text]


def test_turns_that_python_wrote_in_place_of_json_are_rejected_and_not_read_as_words(
    read_lines: ReadLines,
) -> None:
    outcome = read_lines({"prompt": str([USER])}, {"prompt": "Hi.", "responses": [str([USER])]})
    assert outcome.reasons == ["bad_messages", "bad_messages"]
    assert outcome.rejects[0].detail == (
        "prompts.jsonl:2: 'prompt' begins like a list of turns, but is no JSON: expecting property name enclosed in "
        "double quotes at character 2; write it with json.dumps"
    )
