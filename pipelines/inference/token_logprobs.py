"""Log-probabilities of tokens as engines give them: what is unknown or impossible is None, never 0."""

import math
from collections.abc import Iterable, Sequence

from winnow.schemas.token_logprobs import TokenChoice, TokenLogprob

_IMPOSSIBLE = -9999.0
"""What vLLM's server writes in place of minus infinity."""
_ROUNDING = 1e-3


def known(logprob: float | None) -> float | None:
    """Read a log-probability, in nats, if it is one: a finite number up to 0."""
    if logprob is None or not _IMPOSSIBLE < logprob <= _ROUNDING:
        return None
    return min(float(logprob), 0.0)


def token_logprob(
    token: str,
    logprob: float | None,
    alternatives: Iterable[tuple[str, float | None]] = (),
    n_top: int = 0,
) -> TokenLogprob:
    """Make the record of one place.

    Args:
        token: The token.
        logprob: Its log-probability.
        alternatives: Tokens that might have stood there with theirs; impossible ones, such as a grammar forbids, are
            left out.
        n_top: How many alternatives to keep, likeliest first.
    """
    possible = [(t, p) for t, given in alternatives if (p := known(given)) is not None]
    likeliest = sorted(possible, key=lambda one: -one[1])[:n_top]
    top = tuple(TokenChoice(token=t, logprob=p) for t, p in likeliest)
    return TokenLogprob(token=token, logprob=known(logprob), top=top)


def total(tokens: Sequence[TokenLogprob]) -> float | None:
    """Add up log-probabilities; None where there is none, or a single one is unknown."""
    logprobs = [token.logprob for token in tokens]
    given = [logprob for logprob in logprobs if logprob is not None]
    return math.fsum(given) if given and len(given) == len(logprobs) else None
