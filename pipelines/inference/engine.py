"""The one interface of everything that answers requests."""

from collections.abc import Callable, Iterable
from typing import Protocol

from winnow.pipelines.inference.notices import Tell, tell_nobody
from winnow.pipelines.inference.requests import ChatRequest, Result
from winnow.pipelines.inference.work import Work

OnResult = Callable[[Result], None]


class Engine(Protocol):
    """Answers requests with one model."""

    def complete(
        self,
        requests: Iterable[ChatRequest],
        on_result: OnResult,
        tell: Tell = tell_nobody,
        work: Work | None = None,
    ) -> None:
        """Answer requests; one that fails never fails its neighbours.

        No request waits for another, and neither requests nor results are kept once they are over.

        Args:
            requests: At most one of each request_id; drawn one by one, in this thread, as the engine has room.
            on_result: Called once for each request, with its result as soon as that is there, in this thread.
            tell: Called with what is waited for, where that takes long, and with None when it goes on.
            work: Told which requests are begun, and the tokens generated so far where the engine knows; that one is
                over follows from `on_result`.

        Raises:
            EndpointUnavailable: No server answered before the deadline.
            EndpointRefuses: A server answers no request, and waiting does not help.
            EngineBroken: The engine broke down.
            Stopped: The process was asked to stop; what was answered was given to `on_result`.
        """
        ...

    def close(self) -> None:
        """Free memory, threads, processes and connections; safe to call twice."""
        ...
