"""What vLLM gives back, as results."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from winnow.pipelines.inference.requests import ChatRequest, Completion, Failure, Result
from winnow.pipelines.inference.scored import last_turn, reward
from winnow.pipelines.inference.token_logprobs import token_logprob, total
from winnow.schemas.token_logprobs import TokenLogprob

if TYPE_CHECKING:
    from vllm.outputs import PoolingRequestOutput, RequestOutput


def read_answer(output: "RequestOutput", request: ChatRequest, opening: str = "") -> Result:
    """Read a generated answer.

    Args:
        output: What vLLM gave back.
        request: The request it answers.
        opening: The mark of a thought that the chat template has opened ahead of the answer, put back before the text.
    """
    if not output.outputs:
        return _failure(request, "vLLM gave no answer")
    answer = output.outputs[0]
    if answer.finish_reason not in ("stop", "length"):
        ended = f"vLLM ended the request with {answer.finish_reason!r}, wanted 'stop' or 'length'"
        return _failure(request, ended)
    n_top = request.sampling.logprobs
    tokens = _tokens(answer.token_ids, answer.logprobs or (), n_top or 0)
    return Completion(
        request_id=request.request_id,
        model=request.model,
        revision=request.revision,
        text=opening + answer.text,
        finish_reason=answer.finish_reason,
        n_prompt_tokens=_n_read(output),
        n_cached_tokens=_n_cached(output),
        n_tokens=len(answer.token_ids),
        logprob=None if n_top is None else total(tokens),
        token_logprobs=tokens,
    )


def read_last_turn(output: "RequestOutput", request: ChatRequest, n_context: int) -> Result:
    """Read the log-probabilities of a conversation's last turn.

    Args:
        output: What vLLM gave back for the whole conversation.
        request: The request it answers.
        n_context: Tokens ahead of the last turn; the first token of all has no log-probability.
    """
    ids, places = output.prompt_token_ids or [], output.prompt_logprobs or []
    if not ids or len(ids) != len(places):
        return _failure(request, "vLLM gave no log-probabilities of the prompt's tokens")
    first = max(n_context, 1)
    return last_turn(request, _tokens(ids[first:], places[first:], 0), len(ids), _n_cached(output))


def read_score(output: "PoolingRequestOutput[Any]", request: ChatRequest) -> Result:
    """Read the score of a reward model that gives one number a conversation."""
    scores = output.outputs.data.flatten().tolist()
    return reward(request, scores, _n_read(output), _n_cached(output))


def _failure(request: ChatRequest, detail: str) -> Failure:
    return Failure(request_id=request.request_id, reason="engine_error", detail=detail)


def _n_read(output: Any) -> int | None:
    return None if output.prompt_token_ids is None else len(output.prompt_token_ids)


def _n_cached(output: Any) -> int | None:
    n: int | None = output.num_cached_tokens
    return n if n is not None and n >= 0 else None


def _tokens(
    ids: Sequence[int], places: Sequence[Mapping[int, Any] | None], n_top: int
) -> tuple[TokenLogprob, ...]:
    """Read the place of each token; where there are not as many places as tokens, none is known."""
    if len(ids) != len(places):
        return ()
    return tuple(_token(place or {}, i, n_top) for i, place in zip(ids, places, strict=True))


def _token(place: Mapping[int, Any], token: int, n_top: int) -> TokenLogprob:
    said = place.get(token)
    ranked = sorted((p for p in place.values() if p.rank and p.rank <= n_top), key=lambda p: p.rank)
    alternatives = [(p.decoded_token or "", p.logprob) for p in ranked]
    named, logprob = (said.decoded_token or "", said.logprob) if said else ("", None)
    return token_logprob(named, logprob, alternatives, n_top)
