from tests.pipelines.reading.conftest import ReadLines
from winnow.schemas.prompts import Message, Part, ToolCall

TURNS = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Rain in Oslo?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "c1",
                "type": "function",
                "function": {"name": "rain", "arguments": '{"c": "Oslo"}'},
            }
        ],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "dry", "name": "rain"},
]


def test_tool_calls_and_their_results_are_kept_whole(read_lines: ReadLines) -> None:
    messages = read_lines({"messages": TURNS}).prompts[1].messages
    assert [m.role for m in messages] == ["system", "user", "assistant", "tool"]
    assert messages[2].tool_calls == (ToolCall(name="rain", arguments='{"c": "Oslo"}', id="c1"),)
    assert messages[3] == Message(role="tool", content="dry", tool_call_id="c1", name="rain")


def test_arguments_given_as_an_object_become_canonical_json(read_lines: ReadLines) -> None:
    call = {"name": "rain", "arguments": {"c": "Oslo", "b": 1}}
    line = {"messages": [TURNS[1], {"role": "assistant", "tool_calls": [call]}, TURNS[3]]}
    assert read_lines(line).prompts[1].messages[1].tool_calls[0].arguments == '{"b":1,"c":"Oslo"}'


def test_a_string_and_one_user_turn_are_the_same_prompt(read_lines: ReadLines) -> None:
    parts = [{"type": "text", "text": "good"}]
    outcome = read_lines(
        {"messages": [{"role": "user", "content": "good"}]},
        {"messages": [{"role": "user", "content": parts}]},
        {"conversations": [{"from": "human", "value": "good"}]},
        {"prompt": "good", "system": ""},
        columns={"messages": "messages"},
    )
    assert outcome.reasons == [
        "duplicate_prompt",
        "duplicate_prompt",
        "missing_prompt",
        "duplicate_prompt",
    ]


def test_sharegpt_turns_are_read_as_messages(read_lines: ReadLines) -> None:
    turns = [
        {"from": "human", "value": "a"},
        {"from": "gpt", "value": "b"},
        {"from": "human", "value": "c"},
    ]
    outcome = read_lines({"conversations": turns}, columns={"messages": "conversations"})
    assert [m.role for m in outcome.prompts[1].messages] == ["user", "assistant", "user"]


def test_a_system_column_becomes_the_first_turn(read_lines: ReadLines) -> None:
    messages = read_lines({"prompt": "hi", "system": "Be brief."}).prompts[1].messages
    assert [(m.role, m.content) for m in messages] == [("system", "Be brief."), ("user", "hi")]


def test_image_parts_are_kept_in_order(read_lines: ReadLines) -> None:
    content = [
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        {"type": "text", "text": "What is this?"},
        {"type": "image", "image": "b.png"},
    ]
    message = (
        read_lines({"messages": [{"role": "user", "content": content}]}).prompts[1].messages[0]
    )
    assert message.parts == (
        Part(type="image", image="https://example.org/a.png"),
        Part(type="text", text="What is this?"),
        Part(type="image", image="b.png"),
    )


def test_the_last_turn_of_the_assistant_is_a_response_not_a_question(read_lines: ReadLines) -> None:
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    outcome = read_lines({"messages": turns, "model": "m"})
    assert [m.content for m in outcome.prompts[1].messages] == ["hi"]
    assert [(r.text, r.model) for r in outcome.responses] == [("hello", "m")]


def test_every_column_of_a_prompt_can_be_mapped(read_lines: ReadLines) -> None:
    line = {
        "q": "hi",
        "a": "ho",
        "lang": "en",
        "kind": "x",
        "docs": ["d"],
        "fns": [{"name": "f"}],
        "n": 7,
    }
    columns = {
        "prompt": "q", "reference": "a", "language": "lang", "domain": "kind",
        "contexts": "docs", "tools": "fns", "id": "n",
    }  # fmt: skip
    prompt = read_lines(line, columns=columns).prompts[0]
    assert (prompt.reference, prompt.language, prompt.domain) == ("ho", "en", "x")
    assert (prompt.contexts, prompt.tools) == (("d",), '[{"name":"f"}]')
    assert prompt.source == "prompts.jsonl:2"


def test_a_column_mapped_to_null_is_left_unread(read_lines: ReadLines) -> None:
    line = {"prompt": "hi", "reference": 7}
    assert read_lines(line, columns={"reference": None}).prompts[1].reference is None


def test_ids_do_not_depend_on_the_order_of_keys_or_on_other_columns(read_lines: ReadLines) -> None:
    turn = {"content": "good", "name": None, "tool_calls": None, "role": "user"}
    outcome = read_lines({"domain": "x", "messages": [turn]})
    assert outcome.reasons == ["duplicate_prompt"]


def test_responses_come_as_strings_objects_or_conversations(read_lines: ReadLines) -> None:
    call = {"function": {"name": "f", "arguments": "{}"}}
    responses = [
        "one",
        {"text": "two", "model": "m2", "model_revision": "abc", "sample_index": 3},
        {"content": None, "tool_calls": [call]},
        [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "four"}],
    ]
    found = read_lines({"prompt": "hi", "responses": responses, "model": "m"}).responses
    assert [(r.text, r.model) for r in found] == [
        ("one", "m"),
        ("two", "m2"),
        ("", "m"),
        ("four", "m"),
    ]
    assert (found[1].model_revision, found[1].sample_index) == ("abc", 3)
    assert found[2].tool_calls == (ToolCall(name="f", arguments="{}"),)
    assert {r.finish_reason for r in found} == {"imported"}


def test_response_columns_carry_their_models(read_lines: ReadLines) -> None:
    outcome = read_lines(
        {"prompt": "p", "response_a": "x", "model_a": "ma", "response_b": "y"},
        {
            "prompt": "q",
            "chosen": "x",
            "chosen_model": "mc",
            "rejected": "y",
            "rejected_model": "mr",
        },
    )
    assert [(r.text, r.model) for r in outcome.responses] == [
        ("x", "ma"), ("y", "unknown"), ("x", "mc"), ("y", "mr"),
    ]  # fmt: skip


def test_conversational_chosen_and_rejected_share_their_prompt(read_lines: ReadLines) -> None:
    user = {"role": "user", "content": "hi"}
    line = {
        "chosen": [user, {"role": "assistant", "content": "hello"}],
        "rejected": [user, {"role": "assistant", "content": "what"}],
    }
    outcome = read_lines(line)
    assert [m.content for m in outcome.prompts[1].messages] == ["hi"]
    assert [r.text for r in outcome.responses] == ["hello", "what"]
