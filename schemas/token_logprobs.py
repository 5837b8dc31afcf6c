"""Tokens with their log-probabilities, as engines give them and judges read them."""

from winnow.schemas.base import Value


class TokenChoice(Value):
    """A token that might have stood at one place."""

    token: str
    """The token as text."""

    logprob: float
    """Its log-probability, in nats."""


class TokenLogprob(Value):
    """A token with its log-probability."""

    token: str
    """The token as text; of a token that is part of a character, what the tokenizer makes of it."""

    logprob: float | None
    """Its log-probability before temperature and truncation, in nats; None where the engine gave none."""

    top: tuple[TokenChoice, ...] = ()
    """The likeliest tokens at its place, likeliest first, as many as were asked for."""
