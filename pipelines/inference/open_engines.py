"""The engines that are open in this process: started when first asked for, kept for the next stage."""

import atexit
import threading
from datetime import datetime

from winnow.pipelines.inference.eager import Start, start_for
from winnow.pipelines.inference.engine import Engine
from winnow.pipelines.inference.models import ModelRef, OpenAIModel, VllmModel
from winnow.pipelines.inference.notices import Notice, Tell, tell_nobody
from winnow.pipelines.inference.recorded import RecordedModel

_open: dict[str, Engine] = {}
_asked: dict[str, Engine] = {}
"""Those that hold no model: they ask servers, or give recorded replies."""
_lock = threading.Lock()


def open_engine(model: ModelRef, start: Start | None = None, tell: Tell = tell_nobody) -> Engine:
    """Return the engine of a model, started on the first call and kept open for the next stage.

    Only one model that runs in the process is kept open, since a second one seldom finds memory beside the first; servers are
    asked beside it, and recorded replies given. One that is open and compiled serves little work as well; one that is not is started anew for much.

    Args:
        model: The model.
        start: How it is started where it has to be, from `start_for`; None where the amount of work is unknown.
        tell: Told that it is being started.

    Raises:
        MissingPackage: The engine's package is not installed.
        InvalidSettings: The engine cannot load the model, or the recorded replies, with these settings.
    """
    start = start or start_for(model)
    compiled, eager = model.model_dump_json(), f"{model.model_dump_json()} eager"
    opened = _open if isinstance(model.settings, VllmModel) else _asked
    with _lock:
        serving = next((k for k in (compiled, eager) if k in opened), None)
        if serving is None or (serving == eager and not start.is_eager):
            serving = eager if start.is_eager else compiled
            if opened is _open:
                _close_all(_open)
            opened[serving] = _start(model, start, tell)
        return opened[serving]


def close_engines() -> None:
    """Close whatever engines are open in this process."""
    with _lock:
        _close_all(_open)
        _close_all(_asked)


def drop_engine(engine: Engine) -> None:
    """Close an engine that broke down, so that who asks next gets one that is started anew."""
    with _lock:
        for opened in (_open, _asked):
            for key in [key for key, one in opened.items() if one is engine]:
                del opened[key]
                engine.close()


def _close_all(opened: dict[str, Engine]) -> None:
    while opened:
        opened.popitem()[1].close()


def _start(model: ModelRef, start: Start, tell: Tell) -> Engine:
    if isinstance(model.settings, OpenAIModel):
        from winnow.pipelines.inference.openai_engine import OpenAIEngine

        return OpenAIEngine(model, model.settings)
    if isinstance(model.settings, RecordedModel):
        from winnow.pipelines.inference.recorded_engine import RecordedEngine

        return RecordedEngine(model, model.settings)
    from winnow.pipelines.inference.vllm_engine import VllmEngine

    since = datetime.now().astimezone().strftime("%H:%M:%S")
    how = f"; {start.why}" if start.why else ""
    tell(Notice(what="starting", text=f"vLLM with {model.name} since {since}{how}"))
    try:
        settings = model.settings.model_copy(update={"enforce_eager": start.is_eager})
        return VllmEngine(model, settings)
    finally:
        tell(None)


atexit.register(close_engines)
