import pytest

from winnow.pipelines.inference.models import OpenAIModel
from winnow.pipelines.inference.openai_protocol import (
    UnwritableRequest,
    chat_body,
    classify_body,
    context_body,
)
from winnow.pipelines.inference.requests import ChatRequest
from winnow.schemas.prompts import Message

BEGUN = ChatRequest(
    model="m",
    messages=(
        Message(role="user", content="Rain?"),
        Message(role="assistant", content="It will"),
    ),
)


def settings(**fields: object) -> OpenAIModel:
    return OpenAIModel.model_validate({"model": "m", "urls": ("http://127.0.0.1:1/v1",), **fields})


def test_a_server_of_vllm_is_told_to_go_on_from_a_turn_that_is_begun() -> None:
    body = chat_body(BEGUN, settings(), is_vllm=True)
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)


def test_another_server_is_not_asked_unless_the_settings_say_that_it_goes_on() -> None:
    with pytest.raises(UnwritableRequest, match="not known to go on from one; where it does, set"):
        chat_body(BEGUN, settings(), is_vllm=False)
    told = settings(extra_body={"continue_final_message": True})
    assert chat_body(BEGUN, told, is_vllm=False)["continue_final_message"] is True


def test_a_turn_to_be_answered_or_scored_is_not_gone_on_from() -> None:
    asked = BEGUN.model_copy(update={"messages": BEGUN.messages[:1]})
    scored = BEGUN.model_copy(update={"task": "prompt_logprobs"})
    for request in (asked, scored):
        assert "continue_final_message" not in chat_body(request, settings(), is_vllm=True)


def test_what_stands_ahead_of_a_scored_turn_is_written_as_if_the_turn_were_to_be_answered() -> None:
    ahead = BEGUN.model_copy(update={"task": "prompt_logprobs"}).ahead()
    assert ahead is not None
    body = context_body(ahead, settings())
    assert [turn["content"] for turn in body["messages"]] == ["Rain?"]
    assert body["add_generation_prompt"] is True
    assert "continue_final_message" not in body


def test_the_last_characters_of_a_turn_are_scored_without_the_marks_behind_it() -> None:
    scored = BEGUN.model_copy(update={"task": "prompt_logprobs", "scored_chars": 4})
    body = chat_body(scored, settings(), is_vllm=True)
    assert (body["continue_final_message"], body["prompt_logprobs"]) == (True, 0)
    ahead = scored.ahead()
    assert ahead is not None
    body = context_body(ahead, settings())
    assert [turn["content"] for turn in body["messages"]] == ["Rain?", "It "]
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)


def test_a_reward_model_reads_the_tools_on_a_server_too() -> None:
    scored = BEGUN.model_copy(update={"task": "reward", "tools": '[{"name": "look"}]'})
    told = settings(chat_template_kwargs={"enable_thinking": False})
    assert classify_body(scored, told)["chat_template_kwargs"] == {
        "tools": [{"type": "function", "function": {"name": "look"}}],
        "enable_thinking": False,
    }
    bare = scored.model_copy(update={"tools": None})
    assert classify_body(bare, settings())["chat_template_kwargs"] == {}
    with pytest.raises(UnwritableRequest, match="the tools cannot be read"):
        classify_body(scored.model_copy(update={"tools": "look"}), settings())
