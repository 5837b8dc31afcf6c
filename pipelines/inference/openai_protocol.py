"""Requests and replies as OpenAI-compatible servers write them, with what vLLM's adds."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.inference.messages import read_tools, to_openai
from pipelines.inference.models import OpenAIModel
from pipelines.inference.requests import (
    ChatRequest,
    Completion,
    Failure,
    FailureReason,
    Result,
    TokenChoice,
    TokenLogprob,
    n_shared,
)
from pipelines.inference.scored import last_turn, reward
from schemas.prompts import Message, ToolCall
from schemas.redaction import redacted

_TOO_LONG_CODES = {"context_length_exceeded", "input_text", "input_tokens"}
_TOO_LONG_WORDS = ("maximum context length", "context window", "context size")
_PAYMENT_REQUIRED = 402
_MOST_ALTERNATIVES = 20
_IMPOSSIBLE = -9999.0


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
    """Write the body that has vLLM's server score a conversation with a reward model."""
    return {
        "model": settings.model,
        "messages": _messages(request.messages),
        "add_generation_prompt": False,
        "add_special_tokens": False,
        "use_activation": False,
        **settings.extra_body,
    }


def context_body(request: ChatRequest, settings: OpenAIModel) -> dict[str, Any]:
    """Write the body that has vLLM's server tokenize what stands ahead of the last turn."""
    return {
        "model": settings.model,
        "messages": _messages(request.messages[:-1]),
        "add_generation_prompt": True,
        "tools": _tools(request.tools),
        "chat_template_kwargs": settings.chat_template_kwargs,
    }


def read_chat(reply: Mapping[str, Any], request: ChatRequest) -> Result:
    """Read a chat completion.

    Raises:
        KeyError, IndexError, TypeError, ValueError: The reply has another form.
    """
    choice = reply["choices"][0]
    message, finish_reason = choice["message"], choice["finish_reason"]
    if finish_reason == "content_filter" or message.get("refusal"):
        detail = clean(message.get("refusal") or "the server's content filter stopped the answer")
        return Failure(request_id=request.request_id, reason="refused", detail=detail)
    n_top = request.sampling.logprobs
    places = (choice.get("logprobs") or {}).get("content") or ()
    tokens = tuple(_token(p, n_top or 0) for p in places)
    return Completion(
        request_id=request.request_id,
        model=request.model,
        revision=request.revision,
        text=clean(message.get("content") or ""),
        reasoning=_reasoning(message),
        tool_calls=tuple(_tool_call(c) for c in message.get("tool_calls") or ()),
        finish_reason=finish_reason,
        n_prompt_tokens=reply["usage"]["prompt_tokens"],
        n_tokens=reply["usage"]["completion_tokens"],
        # A server that gives none where they were asked for leaves it unknown, which is not 0.
        logprob=sum(t.logprob for t in tokens) if n_top is not None and tokens else None,
        token_logprobs=tokens,
    )


def read_last_turn(
    reply: Mapping[str, Any], request: ChatRequest, context: list[int]
) -> Completion:
    """Read the log-probabilities of a conversation's last turn, `context` being the tokens ahead of it."""
    ids = reply["prompt_token_ids"]
    first = max(n_shared(ids, context), 1)
    scored = list(zip(ids, reply["prompt_logprobs"], strict=True))[first:]
    places = [place[str(token)] for token, place in scored]
    tokens = tuple(
        TokenLogprob(token=clean(p["decoded_token"]), logprob=p["logprob"]) for p in places
    )
    return last_turn(request, tokens, len(ids))


def read_score(reply: Mapping[str, Any], request: ChatRequest) -> Result:
    """Read the score of a reward model that gives one number a conversation."""
    return reward(request, reply["data"][0]["probs"], reply["usage"]["prompt_tokens"])


def read_refusal(status: int, reply: Any, request: ChatRequest) -> Failure:
    """Read why a server declined a request for good."""
    error = reply.get("error", reply) if isinstance(reply, Mapping) else {"message": str(reply)}
    error = error if isinstance(error, Mapping) else {"message": str(error)}
    message = redacted(clean(str(error.get("message") or error.get("detail") or reply)))
    is_long = bool({error.get("code"), error.get("param")} & _TOO_LONG_CODES) or any(
        words in message for words in _TOO_LONG_WORDS
    )
    declined: FailureReason = "unpaid" if status == _PAYMENT_REQUIRED else "refused"
    return Failure(
        request_id=request.request_id,
        reason="prompt_too_long" if is_long else declined,
        detail=f"status {status}: {message[:500]}",
    )


def clean(text: str) -> str:
    """Replace what is no Unicode, which JSON lets through and Parquet does not, by U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _check_goes_on(settings: OpenAIModel, *, is_vllm: bool) -> None:
    """Refuse a begun turn where the server would answer it with a turn of its own, as most do."""
    if not is_vllm and "continue_final_message" not in settings.extra_body:
        raise UnwritableRequest(
            "the prompt ends with a turn that the assistant has begun, and this server is not known to go on from "
            "one; where it does, set extra_body: {continue_final_message: true}"
        )


def _reasoning(message: Mapping[str, Any]) -> str | None:
    """Give the thought that a server has told apart; servers differ in what they call it."""
    told = (message.get(name) for name in ("reasoning_content", "reasoning"))
    return next((clean(text) for text in told if isinstance(text, str) and text), None)


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


def _token(place: Mapping[str, Any], n_top: int) -> TokenLogprob:
    possible = (t for t in place.get("top_logprobs", ()) if t["logprob"] > _IMPOSSIBLE)
    likeliest = sorted(possible, key=lambda t: -t["logprob"])[:n_top]
    return TokenLogprob(
        token=clean(place["token"]),
        logprob=place["logprob"],
        top=tuple(TokenChoice(token=clean(t["token"]), logprob=t["logprob"]) for t in likeliest),
    )


def _tool_call(call: Mapping[str, Any]) -> ToolCall:
    function = call["function"]
    return ToolCall(
        name=clean(function["name"]), arguments=clean(function["arguments"]), id=call.get("id")
    )
