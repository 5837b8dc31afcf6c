"""Results of requests that are scored and not answered, the same for every engine."""

import math
from collections.abc import Sequence

from winnow.pipelines.inference.requests import ChatRequest, Completion, Failure, Result
from winnow.pipelines.inference.token_logprobs import total
from winnow.schemas.token_logprobs import TokenLogprob


def last_turn(
    request: ChatRequest,
    tokens: tuple[TokenLogprob, ...],
    n_prompt_tokens: int | None,
    n_cached_tokens: int | None = None,
) -> Completion:
    """Return the log-probabilities of a conversation's last turn, `tokens`, as a completion."""
    return Completion(
        request_id=request.request_id,
        model=request.model,
        revision=request.revision,
        finish_reason="scored",
        n_prompt_tokens=n_prompt_tokens,
        n_cached_tokens=n_cached_tokens,
        n_tokens=0,
        logprob=total(tokens),
        token_logprobs=tokens,
    )


def reward(
    request: ChatRequest,
    scores: Sequence[float],
    n_prompt_tokens: int | None,
    n_cached_tokens: int | None = None,
) -> Result:
    """Return the score of a reward model as a completion; a failure unless it gives one number a conversation."""
    if len(scores) != 1:
        detail = (
            f"the model gives {len(scores)} scores, wanted 1; name a reward model with one label"
        )
        return Failure(request_id=request.request_id, reason="refused", detail=detail)
    if not math.isfinite(scores[0]):
        detail = f"the model gives the score {scores[0]}, wanted a number"
        return Failure(request_id=request.request_id, reason="engine_error", detail=detail)
    return Completion(
        request_id=request.request_id,
        model=request.model,
        revision=request.revision,
        finish_reason="scored",
        n_prompt_tokens=n_prompt_tokens,
        n_cached_tokens=n_cached_tokens,
        n_tokens=0,
        score=scores[0],
    )
