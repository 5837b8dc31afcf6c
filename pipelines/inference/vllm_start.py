"""Start vLLM with a model, by its settings."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from winnow.pipelines.inference.models import ModelRef, VllmModel
from winnow.pipelines.inference.vllm_beside import WATCHED, watched
from winnow.schemas.errors import InvalidSettings, MissingPackage

if TYPE_CHECKING:
    from vllm import LLM

_ENVIRONMENT = {
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
}
_CORE_BESIDE = "VLLM_ENABLE_V1_MULTIPROCESSING"
_GIB = 2**30
_SPECULATION: dict[str, dict[str, Any]] = {
    "ngram": {"method": "ngram", "num_speculative_tokens": 4, "prompt_lookup_max": 4},
    "suffix": {"method": "suffix"},
}
_HOW_TO_INSTALL = (
    "without a GPU run `make setup`, with one `pip install 'winnow[gpu]'`; "
    "or let a server run the model: engine: openai"
)


def start(model: ModelRef, settings: VllmModel) -> "LLM":
    """Load a model.

    Raises:
        MissingPackage: vLLM is not installed.
        InvalidSettings: vLLM cannot run the model with these settings.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        logging.getLogger("vllm").setLevel(os.environ["VLLM_LOGGING_LEVEL"])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            from vllm import LLM
            from vllm.platforms import current_platform
    except ImportError as error:
        raise MissingPackage(
            f"models.{model.name}.engine is vllm, but it cannot be imported ({error}); {_HOW_TO_INSTALL}"
        ) from error
    is_cpu = current_platform.is_cpu()
    try:
        with (
            _keeping_thread_setter(settings.cpu_threads if is_cpu else None),
            _placing_core(beside=settings.own_process),
        ):
            return LLM(model.path, **_arguments(model, settings, is_cpu=is_cpu))
    except Exception as error:  # vLLM raises whatever its many parts do
        raise InvalidSettings(
            f"models.{model.name}: vLLM cannot run {model.model}: {one_line(error)}; "
            "correct its settings, or name another model"
        ) from error


@contextmanager
def _keeping_thread_setter(n_threads: int | None) -> Iterator[None]:
    """Set the threads of torch, and undo that vLLM replaces the function which sets them."""
    import torch

    setter = torch.set_num_threads
    if n_threads is not None:
        setter(n_threads)
    try:
        yield
    finally:
        torch.set_num_threads = setter


@contextmanager
def _placing_core(*, beside: bool) -> Iterator[None]:
    """Have vLLM start the engine's core in this process, or in one beside it that ends with it."""
    before = os.environ.get(_CORE_BESIDE)
    os.environ[_CORE_BESIDE] = "1" if beside else "0"
    # A fork of this process would hold the locks of threads that it does not have.
    os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")
    try:
        with watched():
            yield
    finally:
        if before is None:
            del os.environ[_CORE_BESIDE]
        else:
            os.environ[_CORE_BESIDE] = before


def one_line(error: Exception) -> str:
    """Write what vLLM says in one line."""
    return " ".join(str(error).split())[:500] or type(error).__name__


def _arguments(model: ModelRef, settings: VllmModel, *, is_cpu: bool) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "runner": "pooling" if settings.task == "reward" else "generate",
        "revision": model.revision if model.path == model.model else None,
        "max_model_len": settings.max_model_len,
        "dtype": settings.dtype,
        "quantization": settings.quantization,
        "max_num_seqs": settings.max_num_seqs,
        "max_num_batched_tokens": settings.max_num_batched_tokens,
        "speculative_config": _SPECULATION[settings.speculation] if settings.speculation else None,
        "tensor_parallel_size": settings.tensor_parallel_size,
        "worker_extension_cls": WATCHED if settings.own_process else "",
        "enforce_eager": bool(settings.enforce_eager),
        "enable_prefix_caching": True if settings.task == "chat" else None,
        # Blanks between the fields of a JSON answer are unbounded unless the grammar forbids them.
        "structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True},
        "use_tqdm_on_load": False,
    }
    if is_cpu:
        arguments["kv_cache_memory_bytes"] = settings.kv_cache_gib * _GIB
        # A prompt read in pieces makes vLLM rewind the request's generator, which torch cannot do on the CPU.
        arguments["enable_chunked_prefill"] = False
    else:
        arguments["gpu_memory_utilization"] = settings.gpu_memory_utilization
    return {**arguments, **settings.engine_args}
