"""The one interface of everything that answers requests, and the engines that are open."""

import atexit
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from pipelines.inference.eager import Start, start_for
from pipelines.inference.models import ModelRef, OpenAIModel
from pipelines.inference.notices import Notice, Tell, tell_nobody
from pipelines.inference.requests import ChatRequest, Result
from pipelines.inference.work import Work

OnResult = Callable[[Result], None]


class Engine(Protocol):
    """Answers requests with one model."""

    def complete(
        self,
        requests: Sequence[ChatRequest],
        on_result: OnResult,
        tell: Tell = tell_nobody,
        work: Work | None = None,
    ) -> list[Result]:
        """Answer requests; one that fails never fails its neighbours.

        Args:
            requests: At most one of each request_id.
            on_result: Called with each result as soon as it is there, in this thread.
            tell: Called with what is waited for, where that takes long, and with None when it goes on.
            work: Told which requests are begun, and the tokens generated so far where the engine knows; that one is
                over follows from `on_result`.

        Returns:
            One result a request, in the order of the requests.

        Raises:
            EndpointUnavailable: No server answered before the deadline.
        """
        ...

    def close(self) -> None:
        """Give back memory, threads, processes and connections; safe to call twice."""
        ...


_open: dict[str, Engine] = {}
_lock = threading.Lock()


def open_engine(model: ModelRef, start: Start | None = None, tell: Tell = tell_nobody) -> Engine:
    """Give the engine of a model, started on the first call and kept open for the next stage.

    Only one model is kept open in a process, since a second one seldom finds memory beside the first. One that is
    open and compiled serves little work as well; one that is not is started anew for much.

    Args:
        model: The model.
        start: How it is started where it has to be, from `start_for`; None where the amount of work is unknown.
        tell: Told that it is being started.

    Raises:
        MissingPackage: The engine's package is not installed.
        InvalidSettings: The engine cannot load the model with these settings.
    """
    start = start or start_for(model)
    compiled, eager = model.model_dump_json(), f"{model.model_dump_json()} eager"
    with _lock:
        serving = next((k for k in (compiled, eager) if k in _open), None)
        if serving is None or (serving == eager and not start.is_eager):
            serving = eager if start.is_eager else compiled
            _close_all()
            _open[serving] = _start(model, start, tell)
        return _open[serving]


def close_engines() -> None:
    """Close whatever engine is open in this process."""
    with _lock:
        _close_all()


def _close_all() -> None:
    while _open:
        _open.popitem()[1].close()


def _start(model: ModelRef, start: Start, tell: Tell) -> Engine:
    if isinstance(model.settings, OpenAIModel):
        from pipelines.inference.openai_engine import OpenAIEngine

        return OpenAIEngine(model, model.settings)
    from pipelines.inference.vllm_engine import VllmEngine

    since = datetime.now().astimezone().strftime("%H:%M:%S")
    how = f"; {start.why}" if start.why else ""
    tell(Notice(what="starting", text=f"vLLM with {model.name} since {since}{how}"))
    try:
        settings = model.settings.model_copy(update={"enforce_eager": start.is_eager})
        return VllmEngine(model, settings)
    finally:
        tell(None)


atexit.register(close_engines)
