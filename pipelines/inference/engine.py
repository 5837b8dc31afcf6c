"""The one interface of everything that answers requests, and the engines that are open."""

import atexit
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from pipelines.inference.models import ModelRef, OpenAIModel
from pipelines.inference.notices import Tell, tell_nobody
from pipelines.inference.requests import ChatRequest, Result

OnResult = Callable[[Result], None]


class Engine(Protocol):
    """Answers requests with one model."""

    def complete(
        self, requests: Sequence[ChatRequest], on_result: OnResult, tell: Tell = tell_nobody
    ) -> list[Result]:
        """Answer requests; one that fails never fails its neighbours.

        Args:
            requests: At most one of each request_id.
            on_result: Called with each result as soon as it is there, in this thread.
            tell: Called with what is waited for, where that takes long, and with None when it goes on.

        Returns:
            One result a request, in the order of the requests.

        Raises:
            EndpointUnavailable: No server answered before the deadline.
            EndpointRefuses: A server answers no request, and waiting does not help.
            EngineBroken: The engine broke down.
        """
        ...

    def close(self) -> None:
        """Give back memory, threads, processes and connections; safe to call twice."""
        ...


_open: dict[str, Engine] = {}
_lock = threading.Lock()


def open_engine(model: ModelRef) -> Engine:
    """Give the engine of a model, started on the first call and kept open for the next stage.

    Only one model is kept open in a process, since a second one seldom finds memory beside the first.

    Raises:
        MissingPackage: The engine's package is not installed.
        InvalidSettings: The engine cannot load the model with these settings.
    """
    key = model.model_dump_json()
    with _lock:
        if key not in _open:
            _close_all()
            _open[key] = _start(model)
        return _open[key]


def close_engines() -> None:
    """Close whatever engine is open in this process."""
    with _lock:
        _close_all()


def _close_all() -> None:
    while _open:
        _open.popitem()[1].close()


def _start(model: ModelRef) -> Engine:
    if isinstance(model.settings, OpenAIModel):
        from pipelines.inference.openai_engine import OpenAIEngine

        return OpenAIEngine(model, model.settings)
    from pipelines.inference.vllm_engine import VllmEngine

    return VllmEngine(model, model.settings)


atexit.register(close_engines)
