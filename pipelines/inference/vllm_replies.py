"""What vLLM's server sends back beyond chat completions, by the same kind of schema."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from pipelines.inference.openai_replies import Items, Maybe, Part, Usage


class Scores(Part):
    """What a reward model says of one conversation."""

    probs: Maybe[list[float]] = None


class ScoreReply(Part):
    """The reply of vLLM's /classify."""

    data: Items[Scores] = Field(default_factory=list)
    usage: Maybe[Usage] = None


class TokensReply(Part):
    """The reply of vLLM's /tokenize."""

    tokens: Maybe[list[int]] = None


class TokenPlace(Part):
    """One token of a prompt, as vLLM gives it."""

    decoded_token: Maybe[str] = None
    logprob: Maybe[float] = None


def token_place(place: Any, token: int) -> TokenPlace:
    """Find a token among those of its place; all is unknown where it is not there."""
    found = place.get(str(token)) if isinstance(place, Mapping) else None
    return TokenPlace.model_validate(found if isinstance(found, dict) else {})
