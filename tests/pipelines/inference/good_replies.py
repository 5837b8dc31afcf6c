"""Good replies of OpenAI-compatible servers, and every way to break them."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.pipelines.inference.asking import VERDICT_SCHEMA
from winnow.pipelines.inference.openai_answers import (
    read_chat,
    read_last_turn,
    read_score,
    read_tokens,
)
from winnow.pipelines.inference.openai_replies import names_vllm
from winnow.pipelines.inference.requests import ChatRequest, Sampling
from winnow.schemas.prompts import Message

Place = tuple[str | int, ...]

_MISSING = object()
WAYS: dict[str, Any] = {
    "missing": _MISSING,
    "null": None,
    "no text": "",
    "text": "odd",
    "true": True,
    "number": 7,
    "negative": -1.5,
    "huge": 10**40,
    "1e999": float("inf"),
    "NaN": float("nan"),
    "[]": [],
    "list": [None, 7, "odd", {}],
    "{}": {},
    "object": {"odd": {"odd": [7]}},
    "deep": json.loads("[" * 300 + "]" * 300),
}


class Good(NamedTuple):
    """A reply that can be read, and how."""

    request: ChatRequest
    reply: dict[str, Any]
    read: Callable[[Any, ChatRequest], Any]


def ask(**fields: Any) -> ChatRequest:
    """Make a request of one turn."""
    turn = Message(role="user", content="which sack")
    return ChatRequest.model_validate({"model": "m", "messages": (turn,), **fields})


def chat(message: dict[str, Any], finish_reason: str = "stop", **choice: Any) -> dict[str, Any]:
    """Make a chat completion as servers write it, with all that they add."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1790000000,
        "model": "m",
        "system_fingerprint": "fp_1",
        "service_tier": None,
        "error": None,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "refusal": None, "tool_calls": None, **message},
                "finish_reason": finish_reason,
                "logprobs": None,
                **choice,
            }
        ],
        "usage": {
            "prompt_tokens": 9,
            "completion_tokens": 2,
            "total_tokens": 11,
            "prompt_tokens_details": None,
        },
    }


_CALL = {"id": "c1", "type": "function", "function": {"name": "weigh", "arguments": '{"n": 2}'}}
_TOKENS = [
    {
        "token": token,
        "logprob": -0.5,
        "bytes": [103],
        "top_logprobs": [{"token": token, "logprob": -0.5, "bytes": None}],
    }
    for token in ("the", " second")
]
_PARTS = [
    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
    {"type": "text", "text": "the second"},
]

GOOD: dict[str, Good] = {
    "text": Good(ask(), chat({"content": "the second"}), read_chat),
    "parts": Good(ask(), chat({"content": _PARTS}), read_chat),
    "thought": Good(ask(), chat({"content": "the second", "reasoning_content": "hm"}), read_chat),
    "judged": Good(
        ask(json_schema=VERDICT_SCHEMA),
        chat({"content": '{"verdict":"second","score":7}'}),
        read_chat,
    ),
    "tools": Good(
        ask(tools="[]"), chat({"content": None, "tool_calls": [_CALL]}, "tool_calls"), read_chat
    ),
    "logprobs": Good(
        ask(sampling=Sampling(logprobs=1)),
        chat({"content": "the second"}, logprobs={"content": _TOKENS, "refusal": None}),
        read_chat,
    ),
    "prompt_logprobs": Good(
        ask(task="prompt_logprobs"),
        {
            **chat({"content": "x"}),
            "prompt_token_ids": [5, 6, 7],
            "prompt_logprobs": [
                None,
                *({str(i): {"logprob": -0.5, "rank": 1, "decoded_token": "t"}} for i in (6, 7)),
            ],
        },
        lambda reply, request: read_last_turn(reply, request, [5]),
    ),
    "classify": Good(
        ask(task="reward"),
        {
            "id": "classify-1",
            "data": [{"index": 0, "label": None, "probs": [0.25], "num_classes": 1}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 0},
        },
        read_score,
    ),
    "tokenize": Good(
        ask(),
        {"count": 2, "max_model_len": 64, "tokens": [5, 6]},
        lambda reply, request: read_tokens(reply),
    ),
    "models": Good(
        ask(),
        {"object": "list", "data": [{"id": "m", "object": "model", "owned_by": "vllm"}]},
        lambda reply, request: names_vllm(reply),
    ),
}


def places(reply: Any, at: Place = ()) -> Iterator[Place]:
    """Give every place in a reply, the whole of it first."""
    yield at
    parts = (
        reply.items()
        if isinstance(reply, dict)
        else enumerate(reply)
        if isinstance(reply, list)
        else ()
    )
    for name, part in parts:
        yield from places(part, (*at, name))


def broken(reply: dict[str, Any], place: Place, way: str) -> Any:
    """Break a reply at one place, and read it as it comes over the wire."""
    if not place:
        return {} if WAYS[way] is _MISSING else json.loads(json.dumps(WAYS[way]))
    changed = copy.deepcopy(reply)
    holder: Any = changed
    for name in place[:-1]:
        holder = holder[name]
    if WAYS[way] is _MISSING:
        del holder[place[-1]]
    else:
        holder[place[-1]] = WAYS[way]
    return json.loads(json.dumps(changed))


def written(place: Place) -> str:
    """Write a place as a path, items of one list alike."""
    return ".".join("*" if isinstance(name, int) else name for name in place) or "all of it"
