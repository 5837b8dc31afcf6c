"""Stand-ins for answers that are not there: responses that later steps of a plan compare and ask about."""

import re

from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.question_sizes import BYTES_PER_TOKEN

_BEGINS = "[not answered yet: "
_MARK = re.compile(re.escape(_BEGINS) + r"[0-9a-f]{16}, up to (\d+) tokens\]")

HOLDS_ONE = f"contains(text, '{_BEGINS}')"
"""SQL on a response: whether its text stands for one that is not there."""


def stand_in(request: ChatRequest, model: ModelRef, n_tokens: int) -> Completion:
    """Make an answer that differs from all others, as far as the model's can.

    Args:
        request: The request.
        model: The model.
        n_tokens: Tokens that its answer may have.
    """
    alike = request
    if not request.sampling.temperature:  # the likeliest answer each time
        alike = request.model_copy(update={"sample_index": 0})
    scored = request.sampling.logprobs is not None
    return Completion(
        request_id=request.request_id,
        model=model.model,
        revision=model.revision,
        text=f"{_BEGINS}{alike.request_id[:16]}, up to {n_tokens} tokens]",
        finish_reason="stop",
        n_prompt_tokens=None,
        n_tokens=1,
        logprob=-1.0 - request.seed / 2**60 if scored else None,
    )


def n_bytes(text: str) -> int:
    """Count the bytes of a text, those that stand-ins in it stand for included."""
    more = sum(BYTES_PER_TOKEN * int(n) for n in _MARK.findall(text)) if _BEGINS in text else 0
    return len(text.encode("utf-8", "replace")) + more
