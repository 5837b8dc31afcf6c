"""What a request asks, in vLLM's words."""

import json
from typing import TYPE_CHECKING

from winnow.pipelines.inference.requests import ChatRequest

if TYPE_CHECKING:
    from vllm import PoolingParams, SamplingParams


def sampling_params(request: ChatRequest, *, is_seeded: bool) -> "SamplingParams":
    """Write how an answer is drawn; seeded by the request, or by nothing."""
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

    if request.task == "prompt_logprobs":
        return SamplingParams(temperature=0.0, max_tokens=1, prompt_logprobs=0)
    chosen = request.sampling
    schema = json.loads(request.json_schema) if request.json_schema else None
    return SamplingParams(
        temperature=chosen.temperature,
        top_p=chosen.top_p,
        top_k=chosen.top_k,
        max_tokens=chosen.max_tokens,
        stop=list(chosen.stop),
        logprobs=chosen.logprobs,
        seed=request.seed if is_seeded and chosen.temperature else None,
        structured_outputs=StructuredOutputsParams(json=schema) if schema else None,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def pooling_params() -> "PoolingParams":
    """Write that a conversation is scored, on the model's own scale."""
    from vllm import PoolingParams

    return PoolingParams(task="classify", use_activation=False)
