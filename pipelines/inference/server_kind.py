"""Whether servers are vLLM's, which know more than the others."""

import asyncio
import math
import time

from winnow.pipelines.inference.connections import Connections
from winnow.pipelines.inference.endpoints import Endpoint
from winnow.pipelines.inference.exchange import exchange
from winnow.pipelines.inference.openai_replies import names_vllm
from winnow.pipelines.inference.outcomes import PASSING, Meaning

_LIMIT_S = 10.0
_AGAIN_S = 1.0


class ServerKind:
    """What `/models` tells, which is a hint: where it is missing, forbidden or odd, the kind is unknown."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._asking = asyncio.Lock()
        self._is_vllm: bool | None = None
        self._asked_at = self._failed_at = -math.inf  # not yet
        self._is_settled = False

    async def is_vllm(self, endpoint: Endpoint) -> bool | None:
        """Tell whether the servers are vLLM's; None where that is unknown."""
        async with self._asking:
            if self._is_to_be_asked():
                self._asked_at = time.monotonic()
                page = endpoint.page("models")
                outcome = await exchange(self._connections, "GET", page, None, _LIMIT_S)
                if outcome.meaning is Meaning.ANSWERED:
                    self._is_vllm = names_vllm(outcome.reply)
                self._is_settled = outcome.meaning not in PASSING
        return self._is_vllm

    def settle(self) -> None:
        """Leave it at what is known: the server answers requests, whatever `/models` says."""
        self._is_settled = True

    def doubt(self) -> None:
        """Ask again before another request, since the server may have been away."""
        self._failed_at = time.monotonic()

    def _is_to_be_asked(self) -> bool:
        if self._is_settled or self._failed_at < self._asked_at:
            return False
        return time.monotonic() - self._asked_at >= _AGAIN_S
