"""What vLLM's server sends back beyond chat completions, by the same kind of schema."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from winnow.pipelines.inference.openai_replies import Items, Maybe, ReplyObject, TokenUsage


class Classified(ReplyObject):
    """What a reward model says of one conversation."""

    probs: Maybe[list[float]] = None


class ScoreReply(ReplyObject):
    """The reply of vLLM's /classify."""

    data: Items[Classified] = Field(default_factory=list)
    usage: Maybe[TokenUsage] = None


class TokensReply(ReplyObject):
    """The reply of vLLM's /tokenize."""

    tokens: Maybe[list[int]] = None


class TokenPlace(ReplyObject):
    """One token of a prompt, as vLLM gives it."""

    decoded_token: Maybe[str] = None
    logprob: Maybe[float] = None


def token_place(place: Any, token: int) -> TokenPlace:
    """Find a token among those of its place; all is unknown where it is not there."""
    found = place.get(str(token)) if isinstance(place, Mapping) else None
    return TokenPlace.model_validate(found if isinstance(found, dict) else {})
