"""What vLLM gives back, as results."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipelines.inference.requests import (
    ChatRequest,
    Completion,
    Failure,
    Result,
    TokenChoice,
    TokenLogprob,
)
from pipelines.inference.scored import last_turn, reward

if TYPE_CHECKING:
    from vllm.outputs import PoolingRequestOutput, RequestOutput


def read_answer(output: "RequestOutput", request: ChatRequest, opening: str = "") -> Result:
    """Read a generated answer.

    Args:
        output: What vLLM gave back.
        request: The request it answers.
        opening: The mark of a thought that the chat template has opened ahead of the answer, put back before the text.
    """
    answer = output.outputs[0]
    if answer.finish_reason not in ("stop", "length"):
        detail = f"vLLM ended the request with {answer.finish_reason!r}, wanted 'stop' or 'length'"
        return Failure(request_id=request.request_id, reason="engine_error", detail=detail)
    n_top = request.sampling.logprobs
    places = zip(answer.token_ids, answer.logprobs or (), strict=False)
    tokens = tuple(_token(place, token, n_top or 0) for token, place in places)
    return Completion(
        request_id=request.request_id,
        model=request.model,
        revision=request.revision,
        text=opening + answer.text,
        finish_reason=answer.finish_reason,
        n_prompt_tokens=len(output.prompt_token_ids),
        n_tokens=len(answer.token_ids),
        logprob=None if n_top is None else sum(t.logprob for t in tokens),
        token_logprobs=tokens,
    )


def _token(place: Mapping[int, Any], token: int, n_top: int) -> TokenLogprob:
    # Tokens that a grammar forbids have no probability at all.
    possible = (p for p in place.values() if p.rank <= n_top and p.logprob > -math.inf)
    likeliest = sorted(possible, key=lambda p: p.rank)
    return TokenLogprob(
        token=place[token].decoded_token or "",
        logprob=place[token].logprob,
        top=tuple(TokenChoice(token=p.decoded_token or "", logprob=p.logprob) for p in likeliest),
    )


def read_last_turn(output: "RequestOutput", request: ChatRequest, n_context: int) -> Completion:
    """Read the log-probabilities of a conversation's last turn.

    Args:
        output: What vLLM gave back for the whole conversation.
        request: The request it answers.
        n_context: Tokens ahead of the last turn; the first token of all has no log-probability.
    """
    ids = output.prompt_token_ids or []
    scored = list(zip(ids, output.prompt_logprobs or (), strict=True))[max(n_context, 1) :]
    tokens = tuple(_token(place, token, 0) for token, place in scored if place)
    return last_turn(request, tokens, len(ids))


def read_score(output: "PoolingRequestOutput[Any]", request: ChatRequest) -> Result:
    """Read the score of a reward model that gives one number a conversation."""
    scores = output.outputs.data.flatten().tolist()
    return reward(request, scores, len(output.prompt_token_ids))
