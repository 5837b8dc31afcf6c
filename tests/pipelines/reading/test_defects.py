import pytest

from tests.pipelines.reading.conftest import ReadLines

USER = {"role": "user", "content": "hi"}
DEEP = '{"prompt": ' + "[" * 100_000 + "]" * 100_000 + "}"

CASES: list[tuple[object, str, str]] = [
    ('{"prompt": ', "malformed_json", "expecting value at character 10; found '{\"prompt\":'"),
    (DEEP, "malformed_json", "the JSON is nested too deeply"),
    ("[1, 2]", "not_an_object", "the line is a list, wanted an object"),
    (b'{"prompt": "caf\xe9"}', "not_utf8", "byte 0xe9 at position 15 is not UTF-8; convert the file to UTF-8"),
    (r'{"prompt": "a \ud800 b"}', "not_unicode", "'prompt' holds the lone surrogate U+D800 at character 2; replace it"),
    ({"prompt": "a\0b"}, "nul_character", "'prompt' holds U+0000 at character 1; remove it"),
    ({"instruction": "hi"}, "missing_prompt",
     "no 'prompt' or 'messages'; found columns: instruction; "
     "name the right one in the settings, such as columns: {prompt: instruction}"),
    ({"messages": [{"role": "assistant", "content": "hi"}]}, "missing_prompt",
     "the only turn is the assistant's, wanted one to answer"),
    ({"prompt": " \n"}, "empty_prompt", "every turn is empty or white space, wanted something to answer"),
    ({"messages": []}, "empty_prompt", "'messages' is an empty list, wanted at least one turn"),
    ({"messages": "hi"}, "bad_messages",
     "'messages' is a string, wanted a list of {role, content}; "
     'wrap it as [{"role": "user", "content": ...}]'),
    ({"messages": 3}, "bad_messages", "'messages' is a number, wanted a list of {role, content}"),
    ({"messages": ["hi"]}, "bad_messages", "messages[0] is a string, wanted {role, content}"),
    ({"messages": [{"role": "boss", "content": "hi"}]}, "bad_messages",
     "messages[0].role is 'boss', wanted one of assistant, bot, chatgpt, developer, function, function_call, "
     "function_response, gpt, human, ipython, model, observation, system, tool, tool_call, tool_response, user"),
    ({"messages": [USER, {"role": "assistant"}, USER]}, "bad_messages",
     "messages[1] has neither content nor tool_calls"),
    ({"messages": [{"role": "user", "content": {"a": 1}}]}, "bad_messages",
     "messages[0].content is an object, wanted text or a list of parts"),
    ({"messages": [{"role": "user", "content": [{"type": "audio"}]}]}, "bad_messages",
     "messages[0].content[0].type is 'audio', wanted one of text, image, image_url"),
    ({"messages": [{**USER, "tool_calls": [{"name": "f"}]}]}, "bad_messages",
     "messages[0] calls tools as 'user', wanted 'assistant'"),
    ({"messages": [{"role": "assistant", "tool_calls": ["f"]}, USER]}, "bad_messages",
     "messages[0].tool_calls[0] is a string, wanted {function: {name, arguments}}"),
    ({"messages": [{"role": "system", "content": "x"}, USER], "system": "y"}, "bad_messages",
     "'system' differs from the system turn of the conversation; leave one out"),
    ({"chosen": [USER, USER], "rejected": [{**USER, "content": "ho"}, USER]}, "bad_messages",
     "'chosen' and 'rejected' begin differently, wanted one conversation up to the answers; "
     "give the prompt in a column of its own"),
    ({"prompt": "hi", "reference": 7}, "bad_field", "'reference' is a number, wanted a string"),
    ({"prompt": "hi", "tools": "none"}, "bad_field", "'tools' is a string, wanted a list of schemas"),
    ('{"prompt": "hi", "tools": [NaN]}', "bad_field",
     "'tools' cannot be written as JSON: it holds NaN, infinity, a value without a form in JSON, "
     "or is nested too deeply"),
    ({"prompt": "hi", "contexts": [1]}, "bad_field", "contexts[0] is a number, wanted a string"),
    ({"prompt": "hi", "responses": "yes"}, "bad_field", "'responses' is a string, wanted a list of responses"),
    ({"prompt": "hi", "responses": "[1"}, "bad_field",
     "'responses' is no JSON: expecting ',' delimiter at character 2; found '[1'"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "reason", "detail"), CASES, ids=lambda v: str(v)[:40])
def test_a_line_that_cannot_be_used_is_rejected_with_its_place_and_reason(
    read_lines: ReadLines, line: object, reason: str, detail: str
) -> None:
    outcome = read_lines(line)
    (reject,) = outcome.rejects
    assert (reject.reason, reject.detail) == (reason, f"prompts.jsonl:2: {detail}")
    assert (reject.stage, reject.record, reject.record_id) == ("read", "line", "prompts.jsonl:2")
    assert [p.messages[0].content for p in outcome.prompts] == ["good"]


RESPONSES: list[tuple[object, str, str]] = [
    (None, "bad_response", "responses[1] is missing, wanted a string or {text, model}"),
    ({"model": "m"}, "bad_response", "responses[1] has neither text nor tool_calls; found: model"),
    ({"text": 5}, "bad_response", "responses[1].text is a number, wanted a string"),
    ({"text": "x", "sample_index": -1}, "bad_response",
     "responses[1].sample_index is -1, wanted a whole number from 0"),
    ([USER], "bad_response", "responses[1] ends with a turn of 'user', wanted 'assistant'"),
    ("x\0", "nul_character", "responses[1] holds U+0000 at character 1; remove it"),
    ("fine", "duplicate_response", "'unknown' gave the same response to the same prompt before"),
]  # fmt: skip


@pytest.mark.parametrize(("response", "reason", "detail"), RESPONSES, ids=lambda v: str(v)[:40])
def test_a_bad_response_leaves_its_prompt_and_its_neighbours_alone(
    read_lines: ReadLines, response: object, reason: str, detail: str
) -> None:
    outcome = read_lines({"prompt": "hi", "responses": ["fine", response, "last"]})
    (reject,) = outcome.rejects
    assert (reject.reason, reject.record) == (reason, "response")
    assert reject.detail == f"prompts.jsonl:2#responses[1]: {detail}"
    assert sorted(r.text for r in outcome.responses) == ["fine", "last"]
    assert len(outcome.prompts) == 2


def test_duplicate_prompts_name_the_first_and_give_it_their_responses(
    read_lines: ReadLines,
) -> None:
    outcome = read_lines({"prompt": "hi", "responses": ["x"]}, {"prompt": "hi", "responses": ["y"]})
    (reject,) = outcome.rejects
    assert reject.reason == "duplicate_prompt"
    assert reject.detail == (
        "prompts.jsonl:3: asks the same as prompts.jsonl:2; its ready responses (1) go to that prompt"
    )
    assert {r.text for r in outcome.responses} == {"x", "y"}
    assert {r.prompt_id for r in outcome.responses} == {outcome.prompts[1].prompt_id}


def test_columns_with_unprintable_names_are_quoted_and_not_all_listed(
    read_lines: ReadLines,
) -> None:
    many = {f"k{i}": 1 for i in range(20)}
    (reject,) = read_lines({"a\nb\ud800": 1, **many}).rejects
    assert "found columns: 'a\\nb\\ud800', k0, k1, " in reject.detail
    assert ", k10 and 9 more; name" in reject.detail


@pytest.mark.parametrize("depth", range(920, 1000, 5))
def test_no_depth_of_nesting_stops_the_run(read_lines: ReadLines, depth: int) -> None:
    value = "[" * depth + "]" * depth
    outcome = read_lines(f'{{"prompt": "hi", "tools": {value}, "reference": {value}}}')
    assert len(outcome.rejects) == 1


def test_a_prompt_over_max_characters_is_rejected_with_both_numbers(read_lines: ReadLines) -> None:
    outcome = read_lines({"prompt": "x" * 200_000}, max_characters=10_000)
    assert outcome.rejects[0].detail == (
        "prompts.jsonl:2: the prompt has 200000 characters, max_characters is 10000; "
        "shorten it or raise that"
    )


def test_a_long_prompt_is_left_to_the_engine_without_a_limit(read_lines: ReadLines) -> None:
    outcome = read_lines({"prompt": "x" * 200_000})
    assert len(outcome.prompts[1].messages[0].content or "") == 200_000


def test_control_characters_other_than_nul_are_kept(read_lines: ReadLines) -> None:
    text = "bell \x07, escape \x1b[31m, form feed \x0c, next line \x85"
    assert read_lines({"prompt": text}).prompts[1].messages[0].content == text


def test_an_emoji_written_as_a_surrogate_pair_is_no_lone_surrogate(read_lines: ReadLines) -> None:
    assert read_lines(r'{"prompt": "\ud83d\ude00"}').prompts[1].messages[0].content == "😀"
