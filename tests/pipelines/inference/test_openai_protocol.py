import pytest

from winnow.pipelines.inference.models import OpenAIModel
from winnow.pipelines.inference.openai_protocol import UnwritableRequest, chat_body
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
