"""Replies of OpenAI-compatible servers, read as results."""

import json
from typing import Any

from winnow.pipelines.inference.openai_content import spoken, words_in
from winnow.pipelines.inference.openai_replies import (
    Call,
    ChatReply,
    Choice,
    Function,
    ReplyMessage,
    TokenAlternatives,
    TokenUsage,
    Unreadable,
    clean,
)
from winnow.pipelines.inference.requests import (
    ChatRequest,
    Completion,
    Failure,
    FinishReason,
    Result,
    n_shared,
)
from winnow.pipelines.inference.scored import last_turn, reward
from winnow.pipelines.inference.token_logprobs import token_logprob, total
from winnow.pipelines.inference.vllm_replies import ScoreReply, TokensReply, token_place
from winnow.schemas.prompts import ToolCall
from winnow.schemas.token_logprobs import TokenLogprob

_THOUGHTS = ("reasoning_content", "reasoning", "thinking", "reasoning_details")
"""What servers call the thought that they tell apart."""


def read_chat(reply: Any, request: ChatRequest) -> Result:
    """Read a chat completion.

    Raises:
        Unreadable: It holds no answer.
    """
    whole = ChatReply.of(reply)
    choice = whole.choice
    if choice is None:
        raise Unreadable("the reply holds no answer", reply)
    message = choice.message or ReplyMessage(content=choice.text)
    said = spoken(message.content)
    if refusal := message.refusal or said.refusal:
        return _refused(request, refusal)
    if choice.finish == "filtered":
        return _refused(request, "the server's content filter stopped the answer")
    text = _schema_answer(message.content, request) or said.text
    calls = _tool_calls(message, reply)
    thought = _reasoning(message, said.thought)
    if not calls:
        _check_is_whole(choice, text, thought, said.odd, reply)
    usage = whole.usage or TokenUsage()
    tokens = _tokens(choice, request)
    return Completion(
        request_id=request.request_id,
        model=request.model,
        revision=request.revision,
        text=clean(text or ""),
        reasoning=thought,
        tool_calls=calls,
        finish_reason=_finish_reason(choice),
        n_prompt_tokens=usage.prompt_tokens,
        n_cached_tokens=usage.cached_tokens,
        n_tokens=usage.completion_tokens,
        logprob=total(tokens) if request.sampling.logprobs is not None else None,
        token_logprobs=tokens,
    )


def read_last_turn(reply: Any, request: ChatRequest, context: list[int]) -> Completion:
    """Read the log-probabilities of a conversation's last turn, `context` being the tokens ahead of it.

    Raises:
        Unreadable: It does not hold a place for each token of the conversation.
    """
    whole = ChatReply.of(reply)
    ids, places = whole.prompt_token_ids, whole.prompt_logprobs
    if not ids or places is None or len(ids) != len(places):
        raise Unreadable("the reply holds no log-probabilities of the prompt's tokens", reply)
    first = max(n_shared(ids, context), 1)
    found = [token_place(place, i) for i, place in zip(ids, places, strict=True)][first:]
    tokens = tuple(token_logprob(clean(p.decoded_token or ""), p.logprob) for p in found)
    return last_turn(request, tokens, len(ids), (whole.usage or TokenUsage()).cached_tokens)


def read_score(reply: Any, request: ChatRequest) -> Result:
    """Read the score of a reward model that gives one number a conversation.

    Raises:
        Unreadable: It holds no scores.
    """
    whole = ScoreReply.of(reply)
    scores = next((one.probs for one in whole.data if one), None)
    if scores is None:
        raise Unreadable("the reply holds no scores", reply)
    usage = whole.usage or TokenUsage()
    return reward(request, scores, usage.prompt_tokens, usage.cached_tokens)


def read_tokens(reply: Any) -> list[int]:
    """Read the ids of tokens.

    Raises:
        Unreadable: It holds none.
    """
    tokens = TokensReply.of(reply).tokens
    if tokens is None:
        raise Unreadable("the reply holds no tokens", reply)
    return tokens


def _refused(request: ChatRequest, words: str) -> Failure:
    return Failure(request_id=request.request_id, reason="refused", detail=clean(words))


def _check_is_whole(
    choice: Choice, text: str | None, thought: str | None, odd: str | None, reply: Any
) -> None:
    """Tell a text, or an answer of no words, which the server ended, from what cannot be read."""
    has_odd_calls = choice.message and choice.message.tool_calls
    if choice.finish == "tool_calls" and (has_odd_calls or not text):
        raise Unreadable("the reply says that it calls tools, and holds no call", reply)
    if text:
        return
    if odd:
        raise Unreadable(odd, reply)
    if not choice.is_said or (choice.finish is None and text is None and thought is None):
        raise Unreadable("the reply holds no answer", reply)


def _schema_answer(content: Any, request: ChatRequest) -> str | None:
    """Write out as JSON an answer by a schema that the server has read from JSON already; None where it is text, as it should be."""
    is_answer = request.json_schema and isinstance(content, dict) and "type" not in content
    return _json(content) if is_answer else None


def _reasoning(message: ReplyMessage, in_content: str | None) -> str | None:
    told = (words_in(getattr(message, name)) for name in _THOUGHTS)
    return next((clean(thought) for thought in (*told, in_content) if thought), None)


def _finish_reason(choice: Choice) -> FinishReason | None:
    said = choice.finish
    return None if said == "filtered" or said == "broken" else said


def _tokens(choice: Choice, request: ChatRequest) -> tuple[TokenLogprob, ...]:
    n_top = request.sampling.logprobs or 0
    places = choice.logprobs.places() if choice.logprobs else []
    return tuple(_token(place, n_top) for place in places)


def _token(place: TokenAlternatives, n_top: int) -> TokenLogprob:
    alternatives = [(clean(a.token or ""), a.logprob) for a in place.top_logprobs if a]
    return token_logprob(clean(place.token or ""), place.logprob, alternatives, n_top)


def _tool_calls(message: ReplyMessage, reply: Any) -> tuple[ToolCall, ...]:
    """Read the calls; an answer of which one is lost would be another answer."""
    given = message.tool_calls
    listed = given if isinstance(given, list) else [given] if isinstance(given, dict) else []
    called = [c for c in listed if isinstance(c, dict) and ("function" in c or "name" in c)]
    if not called and message.function_call:
        return (_tool_call(message.function_call, None, reply),)
    calls = []
    for call in called:
        read = Call.of(call)
        calls.append(_tool_call(read.function or read, read.id, reply))
    return tuple(calls)


def _tool_call(function: Function, named: str | None, reply: Any) -> ToolCall:
    if not function.name:
        raise Unreadable("a tool call names no function", reply)
    arguments = function.arguments
    if arguments is None:
        arguments = {}
    text = arguments if isinstance(arguments, str) else _json(arguments)
    if text is None or not isinstance(arguments, str | dict):
        raise Unreadable(f"the arguments of a call of {function.name} are no object", reply)
    return ToolCall(
        name=clean(function.name), arguments=clean(text), id=clean(named) if named else None
    )


def _json(value: Any) -> str | None:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (ValueError, RecursionError):  # it holds NaN, or is nested too deeply
        return None
