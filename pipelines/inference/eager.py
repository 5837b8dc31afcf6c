"""Whether an engine starts at once or compiles first: by the amount of work and the size of the model."""

from pathlib import Path
from typing import NamedTuple

from winnow.pipelines.inference.models import ModelRef, VllmModel, is_cpu_build
from winnow.schemas.plurals import agreeing, counted

# Measured once with vLLM 0.32 on the CPU, one thread, in CPU seconds, 16 to 256 requests at once:
#   weights                start     compiled    a token     compiled
#   0.5 MB,  2 layers        7 s      15-17 s    89-186 us   65-127 us
#   0.27 GB, 30 layers       8 s         68 s    5.0-6.0 ms  4.9-5.7 ms
# Larger models have few more layers to compile, so the time is capped.
_COMPILE_S = 10.0
_COMPILE_S_A_GB = 200.0
_MOST_COMPILE_S = 60.0
_SAVED_S_A_TOKEN = 25e-6
_SAVED_S_A_TOKEN_AND_GB = 0.5e-3
# Measured once with vLLM 0.25 on an H200, in seconds, 256 requests at once:
#   14.8 GB, 32 layers      24 s         47 s    74 us       45 us
# What is saved is the time to launch the kernels, which grows with the layers and not with the weights.
_GPU_COMPILE_S = 23.0
_GPU_SAVED_S_A_TOKEN = 29e-6
_GB = 1e9
_LARGE_GB = 16.0
_WEIGHTS = ("*.safetensors", "*.bin", "*.gguf")


class Amount(NamedTuple):
    """How much an engine has to do."""

    n_requests: int
    """Requests."""

    n_tokens: int
    """Tokens that may be generated for them together."""


class Start(NamedTuple):
    """How an engine is started."""

    is_eager: bool
    """Whether compilation and graph capture are left out."""

    why: str = ""
    """What to tell who waits; empty where the settings say it."""


def start_for(model: ModelRef, work: Amount | None = None) -> Start:
    """Choose how the engine of a model starts.

    Args:
        model: The model; where its settings have `enforce_eager`, that holds.
        work: What it has to do; None where that is unknown, so that it is taken to be much.
    """
    settings = model.settings
    if not isinstance(settings, VllmModel):
        return Start(is_eager=False)
    if settings.enforce_eager is not None or work is None:
        return Start(is_eager=bool(settings.enforce_eager))
    n = work.n_requests
    if _pays(work.n_tokens, model):
        return Start(
            is_eager=False,
            why=f"it compiles first, which pays at {counted(n, 'request')}; enforce_eager: true starts at once",
        )
    return Start(
        is_eager=True,
        why=f"starts without compiling: {counted(n, 'request')} {agreeing(n, 'is', 'are')} too few for it to pay; "
        "enforce_eager: false compiles all the same",
    )


def _pays(n_tokens: int, model: ModelRef) -> bool:
    if not is_cpu_build():
        return n_tokens * _GPU_SAVED_S_A_TOKEN >= _GPU_COMPILE_S
    weights_gb = _weights_gb(model)
    saved_s = n_tokens * (_SAVED_S_A_TOKEN + _SAVED_S_A_TOKEN_AND_GB * weights_gb)
    return saved_s >= min(_COMPILE_S + _COMPILE_S_A_GB * weights_gb, _MOST_COMPILE_S)


def _weights_gb(model: ModelRef) -> float:
    """Measure the weights; a model that is still to be fetched is taken to be large."""
    folder = Path(model.path) if Path(model.path).is_dir() else _cached(model)
    if folder is None:
        return _LARGE_GB
    sizes = (sum(file.stat().st_size for file in folder.glob(kind)) for kind in _WEIGHTS)
    return max(sizes) / _GB


def _cached(model: ModelRef) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    try:
        return Path(snapshot_download(model.path, revision=model.revision, local_files_only=True))
    except (OSError, HFValidationError):
        return None
