"""Any OpenAI-compatible server, or several with the same model."""

import asyncio
from collections.abc import Iterator, Sequence

from pipelines.inference import openai_answers as answers
from pipelines.inference import openai_protocol as protocol
from pipelines.inference.engine import OnResult
from pipelines.inference.models import ModelRef, OpenAIModel
from pipelines.inference.notices import Tell, tell_nobody
from pipelines.inference.openai_calls import Calls, Declined, GaveUp
from pipelines.inference.openai_replies import Unreadable
from pipelines.inference.requests import ChatRequest, Failure, Result
from pipelines.inference.work import Work
from schemas.errors import EndpointUnavailable, InvalidSettings


class OpenAIEngine:
    """Asks servers, many requests at a time, until each is answered or declined for good."""

    def __init__(self, model: ModelRef, settings: OpenAIModel) -> None:
        self._model = model
        self._settings = settings

    def complete(
        self,
        requests: Sequence[ChatRequest],
        on_result: OnResult,
        tell: Tell = tell_nobody,
        work: Work | None = None,
    ) -> list[Result]:
        """Answer requests; see `Engine.complete`."""
        return asyncio.run(self._complete(requests, on_result, work or Work()))

    def close(self) -> None:
        """Nothing is kept open between calls."""

    async def _complete(
        self, requests: Sequence[ChatRequest], on_result: OnResult, work: Work
    ) -> list[Result]:
        results: dict[str, Result] = {}

        def keep(result: Result) -> None:
            results[result.request_id] = result
            on_result(result)

        n_workers = self._settings.max_concurrency * len(self._settings.urls)
        waiting = iter(requests)
        async with Calls.to(self._settings, self._model.name) as calls:
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(len(requests), n_workers)):
                        group.create_task(self._work(calls, waiting, keep, work))
            except* (EndpointUnavailable, InvalidSettings) as errors:
                raise errors.exceptions[0] from None
        return [results[r.request_id] for r in requests]

    async def _work(
        self, calls: Calls, waiting: Iterator[ChatRequest], keep: OnResult, work: Work
    ) -> None:
        for request in waiting:
            work.begin(request.request_id)
            keep(await self._answer(calls, request))

    async def _answer(self, calls: Calls, request: ChatRequest) -> Result:
        try:
            if request.task == "chat":
                return await self._chat(calls, request)
            await self._check_scores(calls, request)
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
        is_vllm = await calls.is_vllm()
        body = protocol.chat_body(request, self._settings, is_vllm=is_vllm)
        return await calls.post(
            "chat/completions", body, lambda reply: answers.read_chat(reply, request)
        )

    async def _reward(self, calls: Calls, request: ChatRequest) -> Result:
        body = protocol.classify_body(request, self._settings)
        return await calls.post(
            "../classify", body, lambda reply: answers.read_score(reply, request)
        )

    async def _last_turn(self, calls: Calls, request: ChatRequest) -> Result:
        context: list[int] = []
        if len(request.messages) > 1:
            asked = protocol.context_body(request, self._settings)
            context = await calls.post("../tokenize", asked, answers.read_tokens)
        body = protocol.chat_body(request, self._settings, is_vllm=True)
        return await calls.post(
            "chat/completions",
            body,
            lambda reply: answers.read_last_turn(reply, request, context),
        )

    async def _check_scores(self, calls: Calls, request: ChatRequest) -> None:
        if not await calls.is_vllm():
            raise InvalidSettings(
                f"models.{self._model.name}.urls: {self._settings.urls[0]} is no vLLM server, which requests of "
                f"the kind {request.task} need; name one, or use engine: vllm"
            )
