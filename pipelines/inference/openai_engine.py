"""Any OpenAI-compatible server, or several with the same model."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

from winnow.pipelines.inference import openai_answers as answers
from winnow.pipelines.inference import openai_protocol as protocol
from winnow.pipelines.inference.crew import see_through
from winnow.pipelines.inference.engine import OnResult
from winnow.pipelines.inference.level import Level
from winnow.pipelines.inference.models import ModelRef, OpenAIModel
from winnow.pipelines.inference.notices import Tell, tell_nobody
from winnow.pipelines.inference.openai_calls import Calls, Declined, GaveUp, Write
from winnow.pipelines.inference.openai_replies import Unreadable
from winnow.pipelines.inference.requests import ChatRequest, Completion, Failure, Result
from winnow.pipelines.inference.turns_taken import is_about_turns, other_ways
from winnow.pipelines.inference.work import Work
from winnow.pipelines.stopping import STOP
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.model_input import Takes


class OpenAIEngine:
    """Asks servers, many requests at a time, until each is answered or declined for good."""

    def __init__(self, model: ModelRef, settings: OpenAIModel) -> None:
        self._model = model
        self._settings = settings
        self._takes = Takes()
        self._levels = {url: Level(settings.max_concurrency) for url in settings.urls}

    def complete(
        self,
        requests: Iterable[ChatRequest],
        on_result: OnResult,
        tell: Tell = tell_nobody,
        work: Work | None = None,
    ) -> None:
        """Answer requests; see `Engine.complete`."""
        try:
            asyncio.run(self._stoppable(requests, on_result, tell, work))
        except asyncio.CancelledError:
            STOP.check()
            raise

    def close(self) -> None:
        """Nothing is kept open between calls."""

    async def _stoppable(
        self, requests: Iterable[ChatRequest], on_result: OnResult, tell: Tell, work: Work | None
    ) -> None:
        """Answer requests until all are, or until someone asks to stop: then none is waited for."""
        loop, answering = asyncio.get_running_loop(), asyncio.current_task()
        assert answering is not None
        with STOP.listening(lambda: loop.call_soon_threadsafe(answering.cancel)):
            await self.answer(requests, on_result, tell, work)

    @property
    def takes(self) -> Takes:
        """Which turns the servers take, as far as they have told."""
        return self._takes

    async def models(self) -> Any:
        """Return what a server lists as its models, as it came; None where it lists none."""
        async with Calls.to(self._settings, self._model.name, self._levels) as calls:
            return await calls.models()

    async def answer(
        self,
        requests: Iterable[ChatRequest],
        on_result: OnResult,
        tell: Tell = tell_nobody,
        work: Work | None = None,
    ) -> None:
        """Answer requests as `complete` does, within a running event loop."""
        waiting, work = iter(requests), work or Work()
        n_workers = self._settings.max_concurrency * len(self._settings.urls)
        for level in self._levels.values():
            level.begin()
        async with Calls.to(self._settings, self._model.name, self._levels, tell) as calls:
            workers = [self._work(calls, waiting, on_result, work) for _ in range(n_workers)]
            await see_through(workers, calls.watch(), calls.stop)

    async def _work(
        self, calls: Calls, waiting: Iterator[ChatRequest], keep: OnResult, work: Work
    ) -> None:
        while True:
            async with calls.admitted():
                request = next(waiting, None)
                if request is None:
                    return
                work.begin(request.request_id)
                keep(await self._answer_told(calls, request))

    async def _answer_told(self, calls: Calls, request: ChatRequest) -> Result:
        """Answer a request, its turns written as the servers take them, which they tell by what they refuse."""
        asked = request.told_to(self._takes)
        refused = await self._answer(calls, asked)
        for takes in other_ways(refused, request.messages, asked.messages):
            result = await self._answer(calls, request.told_to(takes))
            if isinstance(result, Completion):
                self._takes = takes
            if not is_about_turns(result):
                return result
        return refused

    async def _answer(self, calls: Calls, request: ChatRequest) -> Result:
        try:
            if request.task == "chat":
                return await self._chat(calls, request)
            if request.task == "reward":
                return await self._reward(calls, request)
            return await self._last_turn(calls, request)
        except Declined as declined:
            return protocol.read_refusal(declined.status, declined.reply, request)
        except (GaveUp, Unreadable) as error:
            return Failure(request_id=request.request_id, reason="engine_error", detail=str(error))
        except protocol.UnwritableRequest as error:
            return Failure(request_id=request.request_id, reason="refused", detail=str(error))

    async def _chat(self, calls: Calls, request: ChatRequest) -> Result:
        return await calls.post(
            "chat/completions",
            lambda is_vllm: protocol.chat_body(request, self._settings, is_vllm=bool(is_vllm)),
            lambda reply: answers.read_chat(reply, request),
        )

    async def _reward(self, calls: Calls, request: ChatRequest) -> Result:
        return await calls.post(
            "../classify",
            self._scored(request, protocol.classify_body(request, self._settings)),
            lambda reply: answers.read_score(reply, request),
        )

    async def _last_turn(self, calls: Calls, request: ChatRequest) -> Result:
        context: list[int] = []
        if (ahead := request.ahead()) is not None:
            asked = protocol.context_body(ahead, self._settings)
            context = await calls.post(
                "../tokenize", self._scored(request, asked), answers.read_tokens
            )
        body = protocol.chat_body(request, self._settings, is_vllm=True)
        return await calls.post(
            "chat/completions",
            self._scored(request, body),
            lambda reply: answers.read_last_turn(reply, request, context),
        )

    def _scored(self, request: ChatRequest, body: dict[str, Any]) -> Write:
        def write(is_vllm: bool | None) -> dict[str, Any]:
            if is_vllm is False:
                raise InvalidSettings(
                    f"models.{self._model.name}.urls: {self._settings.urls[0]} is no vLLM server, which requests of "
                    f"the kind {request.task} need; name one, or use engine: vllm"
                )
            return body

        return write
