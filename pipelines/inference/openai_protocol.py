"""Requests as OpenAI-compatible servers want them, with what vLLM's adds, and why they decline them."""

import json
from collections.abc import Sequence
from typing import Any

from winnow.pipelines.inference.messages import read_tools, to_openai
from winnow.pipelines.inference.models import OpenAIModel
from winnow.pipelines.inference.openai_errors import is_too_long
from winnow.pipelines.inference.requests import ChatRequest, Failure
from winnow.pipelines.inference.server_words import words_of
from winnow.schemas.prompts import Message

_MOST_ALTERNATIVES = 20


class UnwritableRequest(Exception):
    """A request that cannot be put into words for a server."""


def chat_body(request: ChatRequest, settings: OpenAIModel, *, is_vllm: bool) -> dict[str, Any]:
    """Write the body of a chat completion.

    Raises:
        UnwritableRequest: The tools or the schema are no JSON, an image cannot be read, or the server is not known to
            go on from a turn that is begun.
    """
    chosen = request.sampling
    body: dict[str, Any] = {
        "model": settings.model,
        "messages": _messages(request.messages),
        "temperature": chosen.temperature,
        "top_p": chosen.top_p,
        "max_tokens": chosen.max_tokens,
        "seed": request.seed if chosen.temperature else None,
        "stop": list(chosen.stop) or None,
        "top_k": chosen.top_k or None,
        "tools": _tools(request.tools),
        "chat_template_kwargs": settings.chat_template_kwargs or None,
    }
    if request.tools:
        body["tool_choice"] = "auto" if settings.parses_tool_calls else "none"
    if chosen.logprobs is not None:
        # vLLM's server counts the token itself among the alternatives.
        n_top = min(chosen.logprobs + 1, _MOST_ALTERNATIVES)
        body.update(logprobs=True, top_logprobs=n_top)
    if request.json_schema:
        named = {"name": "answer", "schema": _schema(request.json_schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    if is_vllm:
        # Without these the server fills in the model's own defaults.
        body.update(top_k=chosen.top_k, min_p=0.0, repetition_penalty=1.0)
    if request.task == "prompt_logprobs":
        body.update(max_tokens=1, prompt_logprobs=0, return_token_ids=True)
        body["add_generation_prompt"] = False
    if request.goes_on:
        _check_goes_on(settings, is_vllm=is_vllm)
        body.update(add_generation_prompt=False, continue_final_message=True)
    body.update(settings.extra_body)
    return {name: value for name, value in body.items() if value is not None}


def classify_body(request: ChatRequest, settings: OpenAIModel) -> dict[str, Any]:
    """Write the body that has vLLM's server score a conversation with a reward model.

    Raises:
        UnwritableRequest: The tools are no JSON, or an image cannot be read.
    """
    # Where vLLM's server scores, it takes tools only as a setting of the template.
    tools = {"tools": _tools(request.tools)} if request.tools else {}
    return {
        "model": settings.model,
        "messages": _messages(request.messages),
        "add_generation_prompt": False,
        "add_special_tokens": False,
        "use_activation": False,
        "chat_template_kwargs": {**tools, **settings.chat_template_kwargs},
        **settings.extra_body,
    }


def context_body(ahead: ChatRequest, settings: OpenAIModel) -> dict[str, Any]:
    """Write the body that has vLLM's server tokenize what stands ahead of what is scored, `ChatRequest.ahead`."""
    is_begun = ahead.scored_chars is not None
    return {
        "model": settings.model,
        "messages": _messages(ahead.messages),
        "add_generation_prompt": not is_begun,
        **({"continue_final_message": True} if is_begun else {}),
        "tools": _tools(ahead.tools),
        "chat_template_kwargs": settings.chat_template_kwargs,
    }


def read_refusal(status: int, reply: Any, request: ChatRequest) -> Failure:
    """Read why a server declined a request for good."""
    return Failure(
        request_id=request.request_id,
        reason="prompt_too_long" if is_too_long(reply) else "refused",
        detail=f"status {status}: {words_of(reply)}",
    )


def _check_goes_on(settings: OpenAIModel, *, is_vllm: bool) -> None:
    """Refuse a begun turn where the server would answer it with a turn of its own, as most do."""
    if not is_vllm and "continue_final_message" not in settings.extra_body:
        raise UnwritableRequest(
            "the prompt ends with a turn that the assistant has begun, and this server is not known to go on from "
            "one; where it does, set extra_body: {continue_final_message: true}"
        )


def _messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    try:
        return to_openai(messages)
    except OSError as error:
        raise UnwritableRequest(f"an image cannot be read: {error}") from error


def _tools(tools: str | None) -> list[dict[str, Any]] | None:
    try:
        return read_tools(tools)
    except ValueError as error:
        raise UnwritableRequest(f"the tools cannot be read: {error}") from error


def _schema(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise UnwritableRequest(f"the JSON schema is no JSON: {error}") from error
