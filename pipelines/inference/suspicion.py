"""Whether a server refuses one request or all of them: where others do not tell, a harmless request does."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from winnow.pipelines.inference.endpoints import Endpoint
from winnow.pipelines.inference.outcomes import PASSING, Meaning, Outcome

_MOST_IN_A_ROW = 8
"""Requests in a row that may be refused for their own sake before it is asked whether all are."""

_HARMLESS = [{"role": "user", "content": "Say yes."}]
_MOST_TOKENS = 16
_SAYS_NOTHING_OF_IT = (0, 401)
"""Statuses that are no word on what a request says: without a reply, or about the key. Another try may pass."""


def harmless(body: dict[str, Any]) -> dict[str, Any]:
    """Write the body of a request that differs from another in nothing but what it says, and is short."""
    changed: dict[str, Any] = {"messages": _HARMLESS}
    if "max_tokens" in body:
        changed["max_tokens"] = min(body["max_tokens"], _MOST_TOKENS)
    return {**body, **changed}


async def settle(
    endpoint: Endpoint, outcome: Outcome, asked_at: float, look: Callable[[], Awaitable[Outcome]]
) -> Outcome:
    """Find out whom an outcome counts for that does not tell by itself.

    Args:
        endpoint: The server.
        outcome: What it answered, of the meaning `SUSPECT` or `ACCOUNT`; another is given back.
        asked_at: When that was asked, on the monotonic clock.
        look: Asks the server something harmless.

    Returns:
        The outcome as one of this request, or of every one; or what a harmless request waits for as well.
    """
    if outcome.meaning not in (Meaning.SUSPECT, Meaning.ACCOUNT):
        return outcome
    # One look at a time: whoever waits here learns from what it found.
    async with endpoint.doubting:
        if endpoint.refusal is not None:
            return endpoint.refusal
        if not _others_tell(endpoint, outcome, asked_at):
            seen = await look()
            if seen.meaning in PASSING:
                return seen
            if seen.meaning not in (Meaning.ANSWERED, Meaning.DECLINED):
                endpoint.refusal = outcome._replace(meaning=Meaning.REFUSED)
                return endpoint.refusal
            endpoint.vouched_at = time.monotonic()
            endpoint.n_suspect = 0
        endpoint.n_suspect = (endpoint.n_suspect or 0) + 1
    if outcome.status in _SAYS_NOTHING_OF_IT:
        return outcome._replace(meaning=Meaning.FAULTY)
    return outcome._replace(meaning=Meaning.DECLINED)


def _others_tell(endpoint: Endpoint, outcome: Outcome, asked_at: float) -> bool:
    if endpoint.vouched_at >= asked_at:
        return True
    n_before = endpoint.n_suspect
    is_passing = n_before is not None and n_before < _MOST_IN_A_ROW
    return is_passing and outcome.meaning is Meaning.SUSPECT
