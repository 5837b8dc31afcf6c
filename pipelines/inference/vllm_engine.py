"""vLLM in this process: the fast path on a worker that has the model's hardware."""

import gc
import json
import logging
import os
import threading
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from winnow.pipelines.inference.engine import OnResult
from winnow.pipelines.inference.messages import read_tools, to_openai
from winnow.pipelines.inference.models import ModelRef, VllmModel
from winnow.pipelines.inference.notices import Tell, tell_nobody
from winnow.pipelines.inference.requests import (
    ChatRequest,
    Failure,
    FailureReason,
    Result,
    n_shared,
)
from winnow.pipelines.inference.thoughts import opening_of
from winnow.pipelines.inference.turns_taken import find_takes
from winnow.pipelines.inference.vllm_outputs import read_answer, read_last_turn, read_score
from winnow.pipelines.inference.work import Work
from winnow.pipelines.stopping import STOP
from winnow.schemas.errors import GO_ON, EngineBroken, InvalidSettings, MissingPackage
from winnow.schemas.prompts import Message

if TYPE_CHECKING:
    from vllm import LLM, PoolingParams, SamplingParams

_ENVIRONMENT = {
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
    # The engine's core stays in this process: nothing is left behind when it is killed.
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
}
_GIB = 2**30
_TOKENS_OF_OPENING = 16
"""Last tokens of a prompt among which the mark stands that opens a thought."""
_TOO_LONG = ("input_text", "input_tokens")
"""What vLLM calls the parameter that is too long."""
_HOW_TO_INSTALL = (
    "without a GPU run `make setup`, with one `pip install 'winnow[gpu]'`; "
    "or let a server run the model: engine: openai"
)


class VllmEngine:
    """Runs one model with vLLM and keeps it full: a request enters as soon as another is done.

    Sampling is seeded by the request. vLLM does not promise the same text for the same seed at another batch size.
    """

    def __init__(self, model: ModelRef, settings: VllmModel) -> None:
        self._model = model
        self._settings = settings
        self._lock = threading.Lock()
        self._llm: LLM | None = _load(model, settings)
        self._takes = find_takes(self._tokens)

    def complete(
        self,
        requests: Iterable[ChatRequest],
        on_result: OnResult,
        tell: Tell = tell_nobody,
        work: Work | None = None,
    ) -> None:
        """Answer requests; see `Engine.complete`."""
        with self._lock:
            running: dict[str, ChatRequest] = {}
            try:
                self._run(iter(requests), running, on_result, work or Work())
            except EngineBroken:
                self._llm = None
                raise
            finally:
                self._abort(list(running))

    def close(self) -> None:
        """Stop the engine and give its memory back."""
        with self._lock:
            if self._llm is None:
                return
            self._llm.llm_engine.engine_core.shutdown()
            self._llm = None
            gc.collect()
            from vllm.distributed import cleanup_dist_env_and_memory

            cleanup_dist_env_and_memory()

    def _run(
        self,
        waiting: Iterator[ChatRequest],
        running: dict[str, ChatRequest],
        keep: OnResult,
        work: Work,
    ) -> None:
        engine = self.llm.llm_engine
        # Twice what can run at once keeps the scheduler supplied; the rest need not be tokenized yet.
        n_ahead = 2 * self._settings.max_num_seqs
        is_more = True
        while is_more or running:
            STOP.check()
            while is_more and len(running) < n_ahead:
                asked = next(waiting, None)
                is_more = asked is not None
                if asked is None:
                    continue
                request = asked.told_to(self._takes)
                if failure := self._add(request):
                    keep(failure)
                else:
                    running[request.request_id] = request
                    work.begin(request.request_id)
            for output in _step(engine, self._model.name) if running else ():
                if output.finished:
                    keep(self._read(output, running.pop(output.request_id)))
            work.generate(self._n_tokens_in_work())

    def _n_tokens_in_work(self) -> int:
        """Count what is generated of the answers that are not whole; a step gives out whole ones alone."""
        states = self.llm.llm_engine.output_processor.request_states.values()
        return sum(s.detokenizer.num_output_tokens() for s in states if s.detokenizer)

    def _read(self, output: Any, request: ChatRequest) -> Result:
        if request.task == "reward":
            return read_score(output, request)
        if request.task == "prompt_logprobs":
            return self._read_last_turn(output, request)
        return read_answer(output, request, self._opening(output, request))

    def _read_last_turn(self, output: Any, request: ChatRequest) -> Result:
        from jinja2 import TemplateError

        try:
            n_context = self._n_context(request)
        except (ValueError, TypeError, TemplateError) as error:
            return _refusal(request, error)
        return read_last_turn(output, request, n_context)

    def _opening(self, output: Any, request: ChatRequest) -> str:
        if request.json_schema:  # the grammar begins with the answer, whatever the template opened
            return ""
        prompt = output.prompt_token_ids or []
        return opening_of(self.llm.get_tokenizer().decode(prompt[-_TOKENS_OF_OPENING:]))

    def _n_context(self, request: ChatRequest) -> int:
        if len(request.messages) == 1:
            return 0
        whole = self._render(request)["prompt_token_ids"]
        asked = request.model_copy(update={"task": "chat", "messages": request.messages[:-1]})
        context = self._render(asked)["prompt_token_ids"]
        return n_shared(whole, context)

    @property
    def llm(self) -> "LLM":
        """VLLM's own object, for measurements.

        Raises:
            RuntimeError: The engine is closed.
        """
        if self._llm is None:
            raise RuntimeError(f"the engine of {self._model.name} is closed")
        return self._llm

    def _add(self, request: ChatRequest) -> Failure | None:
        from vllm.exceptions import VLLMClientError

        n_most = self.llm.model_config.max_model_len
        if request.task == "chat" and request.sampling.max_tokens > n_most:
            asked = f"max_tokens is {request.sampling.max_tokens}, but the model's context is {n_most}; lower it"
            return Failure(request_id=request.request_id, reason="refused", detail=asked)
        try:
            prompt = self._render(request)
            params = _pooling() if request.task == "reward" else _sampling(request)
        except (
            Exception
        ) as error:  # whatever template, tools, schema or pictures raise, it is its own
            return _refusal(request, error)
        try:
            self.llm.llm_engine.add_request(request.request_id, prompt, params)
        except (VLLMClientError, ValueError, TypeError) as error:
            return _refusal(request, error)
        return None

    def _tokens(self, turns: tuple[Message, ...]) -> Any:
        return self._render(self._model.ask(messages=turns))["prompt_token_ids"]

    def _render(self, request: ChatRequest) -> Any:
        from vllm.renderers import ChatParams

        renderer = self.llm.llm_engine.renderer
        kwargs = {
            "add_generation_prompt": request.task == "chat" and not request.goes_on,
            "continue_final_message": request.goes_on,
            "tools": read_tools(request.tools),
            "tokenize": False,
            **self._settings.chat_template_kwargs,
        }
        template = self._settings.chat_template
        params = ChatParams(
            chat_template=template.read_text("utf-8") if template else None,
            chat_template_kwargs=kwargs,
        )
        # The template writes the special tokens itself.
        tokens = renderer.default_chat_tok_params.with_kwargs(add_special_tokens=False)
        _, (prompt,) = renderer.render_chat([to_openai(request.messages)], params, tokens)
        return prompt

    def _abort(self, request_ids: list[str]) -> None:
        if request_ids and self._llm is not None:
            self._llm.llm_engine.abort_request(request_ids)


def _load(model: ModelRef, settings: VllmModel) -> "LLM":
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
        with _keeping_thread_setter(settings.cpu_threads if is_cpu else None):
            return LLM(model.path, **_arguments(model, settings, is_cpu=is_cpu))
    except Exception as error:  # vLLM raises whatever its many parts do
        raise InvalidSettings(
            f"models.{model.name}: vLLM cannot run {model.model}: {_one_line(error)}; "
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


def _arguments(model: ModelRef, settings: VllmModel, *, is_cpu: bool) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "runner": "pooling" if settings.task == "reward" else "generate",
        "revision": model.revision if model.path == model.model else None,
        "max_model_len": settings.max_model_len,
        "dtype": settings.dtype,
        "quantization": settings.quantization,
        "max_num_seqs": settings.max_num_seqs,
        "tensor_parallel_size": settings.tensor_parallel_size,
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


def _sampling(request: ChatRequest) -> "SamplingParams":
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

    if request.task == "prompt_logprobs":
        return SamplingParams(temperature=0.0, max_tokens=1, prompt_logprobs=0)
    chosen = request.sampling
    schema = json.loads(request.json_schema) if request.json_schema else None
    return SamplingParams(
        temperature=chosen.temperature,
        top_p=chosen.top_p,
        top_k=chosen.top_k,
        max_tokens=chosen.max_tokens,
        stop=list(chosen.stop),
        logprobs=chosen.logprobs,
        seed=request.seed if chosen.temperature else None,
        structured_outputs=StructuredOutputsParams(json=schema) if schema else None,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def _pooling() -> "PoolingParams":
    from vllm import PoolingParams

    return PoolingParams(task="classify", use_activation=False)


def _step(engine: Any, name: str) -> Sequence[Any]:
    try:
        outputs: Sequence[Any] = engine.step()
    except Exception as error:  # whatever it is, the engine cannot go on
        said = " ".join(f"{type(error).__name__}: {error}".split())[:500].rstrip(": ")
        is_full = "out of memory" in said.lower() or "outofmemory" in said.lower()
        way_out = (
            "lower max_num_seqs, max_model_len or gpu_memory_utilization"
            if is_full
            else "lower max_num_seqs, or let a server run the model (engine: openai)"
        )
        raise EngineBroken(f"models.{name}: vLLM broke down: {said}; {way_out}{GO_ON}") from error
    return outputs


def _refusal(request: ChatRequest, error: Exception) -> Failure:
    is_long = getattr(error, "parameter", None) in _TOO_LONG
    reason: FailureReason = "prompt_too_long" if is_long else "refused"
    return Failure(request_id=request.request_id, reason=reason, detail=_one_line(error))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:500] or type(error).__name__
