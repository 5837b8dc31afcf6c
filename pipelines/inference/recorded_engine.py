"""The engine that gives recorded replies."""

from collections.abc import Iterable

from winnow.pipelines.inference.engine import OnResult
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.notices import Tell, tell_nobody
from winnow.pipelines.inference.recorded import RecordedModel, RecordedReplies
from winnow.pipelines.inference.requests import ChatRequest, Completion, Failure, Result
from winnow.pipelines.inference.work import Work
from winnow.schemas.errors import GO_ON, InvalidSettings


class RecordedEngine:
    """Answers requests from a file, at once; what no line of it fits fails."""

    def __init__(self, model: ModelRef, settings: RecordedModel) -> None:
        """Read the file.

        Raises:
            InvalidSettings: The file is not there, not as it should be, or another than the model was identified by.
        """
        self._replies = RecordedReplies(settings.path, model.name)
        if self._replies.revision != model.revision:
            raise InvalidSettings(
                f"models.{model.name}.path is {settings.path}, whose content changed after the run began; let it be as it is{GO_ON}"
            )
        self._name = settings.path.name

    def complete(
        self,
        requests: Iterable[ChatRequest],
        on_result: OnResult,
        tell: Tell = tell_nobody,
        work: Work | None = None,
    ) -> None:
        """Answer each request as it is drawn; see `Engine.complete`."""
        work = work or Work()
        for request in requests:
            work.begin(request.request_id)
            on_result(self._answer(request))

    def close(self) -> None:
        """Nothing is open."""

    def _answer(self, request: ChatRequest) -> Result:
        if request.task != "chat":
            return _failed(
                request,
                f"{self._name} holds recorded texts, and neither scores nor log-probabilities of given answers; "
                f"name a model for task {request.task}",
            )
        text = self._replies.answer(request)
        if text is None:
            return _failed(request, self._replies.why_none(request))
        return Completion(
            request_id=request.request_id,
            model=request.model,
            revision=request.revision,
            text=text,
            finish_reason="stop",
            n_prompt_tokens=None,
            n_tokens=None,
        )


def _failed(request: ChatRequest, why: str) -> Failure:
    return Failure(request_id=request.request_id, reason="refused", detail=why)
