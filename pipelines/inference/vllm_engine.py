"""vLLM in this process: the fast path on a worker that has the model's hardware."""

import contextlib
import gc
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from winnow.pipelines.inference.engine import OnResult
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
from winnow.pipelines.inference.vllm_params import pooling_params, sampling_params
from winnow.pipelines.inference.vllm_rendering import Rendering
from winnow.pipelines.inference.vllm_start import one_line, start
from winnow.pipelines.inference.work import Work
from winnow.pipelines.stopping import STOP
from winnow.schemas.errors import GO_ON, EngineBroken
from winnow.schemas.prompts import Message

if TYPE_CHECKING:
    from vllm import LLM

_TOKENS_OF_OPENING = 16
"""Last tokens of a prompt among which the mark stands that opens a thought."""
_LONGEST_SHUTDOWN_S = 60.0
_STEPS_A_COUNT = 4
"""Steps between two counts of what is generated; a count looks at every request in work."""
_TOO_LONG = ("input_text", "input_tokens")
"""What vLLM calls the parameter that is too long."""


class VllmEngine:
    """Runs one model with vLLM and keeps it full: a request enters as soon as another is done.

    Sampling is seeded by the request, unless settings leave the seeds out. vLLM does not promise the same text for the same seed at another batch size.
    """

    def __init__(self, model: ModelRef, settings: VllmModel) -> None:
        self._model = model
        self._settings = settings
        self._lock = threading.Lock()
        self._llm: LLM | None = start(model, settings)
        self._broken: EngineBroken | None = None
        self._rendering = Rendering(settings)
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
            if self._broken is not None:  # while another thread had it
                raise self._broken
            running: dict[str, ChatRequest] = {}
            try:
                self._run(iter(requests), running, on_result, work or Work())
            except EngineBroken as error:
                self._broken = error
                raise
            finally:
                self._abort(list(running))

    def close(self) -> None:
        """Stop the engine and give its memory back."""
        with self._lock:
            if self._llm is None:
                return
            llm, self._llm = self._llm, None
            # One that broke down may fail to end in good order, and has told why already.
            with contextlib.suppress(Exception) if self._broken else contextlib.nullcontext():
                llm.llm_engine.engine_core.shutdown(_LONGEST_SHUTDOWN_S)
            del llm
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
        n_steps = 0
        is_more = True
        while is_more or running:
            STOP.check()
            while is_more and len(running) < self._n_ahead:
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
            n_steps += 1
            if n_steps % _STEPS_A_COUNT == 0:
                work.generate(self._n_tokens_in_work())

    @cached_property
    def _n_ahead(self) -> int:
        """Requests inside the engine: twice what can run at once, so that it never waits for us."""
        n_at_once: int = self.llm.llm_engine.vllm_config.scheduler_config.max_num_seqs
        return 2 * n_at_once

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
        ahead = request.ahead()
        if ahead is None:
            return 0
        whole = self._render(request)["prompt_token_ids"]
        return n_shared(whole, self._render(ahead)["prompt_token_ids"])

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
            params = (
                pooling_params()
                if request.task == "reward"
                else sampling_params(request, is_seeded=self._settings.seeded)
            )
        except (
            Exception
        ) as error:  # whatever template, tools, schema or pictures raise, it is its own
            return _refusal(request, error)
        try:
            self.llm.llm_engine.add_request(request.request_id, prompt, params)
        except (VLLMClientError, ValueError, TypeError) as error:
            return _refusal(request, error)
        return None

    def tokens(self, request: ChatRequest) -> list[int]:
        """Return the tokens that the model reads of a request.

        Raises:
            Exception: The template does not take it; what is raised is the template's own.
        """
        tokens: list[int] = self._render(request.told_to(self._takes))["prompt_token_ids"]
        return tokens

    def _tokens(self, turns: tuple[Message, ...]) -> Any:
        return self._render(self._model.ask(messages=turns))["prompt_token_ids"]

    def _render(self, request: ChatRequest) -> Any:
        return self._rendering.render(self.llm.llm_engine.renderer, request)

    def _abort(self, request_ids: list[str]) -> None:
        if request_ids and self._llm is not None and self._broken is None:
            self._llm.llm_engine.abort_request(request_ids)


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
    return Failure(request_id=request.request_id, reason=reason, detail=one_line(error))
