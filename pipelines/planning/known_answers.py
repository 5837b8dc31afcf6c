"""What the store of completions holds of the answers that the steps of a run want."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.job import Answers, complete
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Completion, Failure, Result
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.planning.stand_ins import n_bytes, stand_in
from winnow.pipelines.question_sizes import BYTES_PER_TOKEN


@dataclass
class PlannedRequests:
    """What one step asks of one model in one voice, such as that of a judge."""

    asking: str
    """Who asks which model, such as "judge pairwise@1 asks qwen"."""

    model: ModelRef
    """The model."""

    n_requests: int = 0
    """Requests that no step ahead of it makes, those answered before included."""

    n_answered: int = 0
    """Of them, those whose answer, or certain failure, is in the store."""

    n_read: int = 0
    """Tokens that the model would read of those that are not answered, as estimated by their bytes."""

    n_written: int = 0
    """Tokens that it would write."""

    is_at_most: bool = False
    """Whether `n_written` is what answers may have at most; else what answers of this kind had on average."""

    @property
    def n_new(self) -> int:
        """Requests that would be made."""
        return self.n_requests - self.n_answered

    @property
    def cost(self) -> float | None:
        """What the tokens would cost; None where the model has no price."""
        price = self.model.settings.price
        return price.of(self.n_read, self.n_written) if price else None


class KnownAnswers:
    """Answers requests from the store, stands in for what is not there, and counts both; it asks nothing of a model."""

    def __init__(self, store: CompletionStore, beam: BeamSettings) -> None:
        """Begin with no request.

        Args:
            store: Where completions are kept; it is only read.
            beam: Where Beam jobs would run.
        """
        self._store, self._beam = store, beam
        self._seen: set[str] = set()
        self._read: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self.begin(stands_in=False)

    def begin(self, *, stands_in: bool) -> None:
        """Begin a step.

        Args:
            stands_in: Whether answers that are not there are stood in for, as they become responses; else they fail.
        """
        self._stands_in = stands_in
        self.asked: dict[str, PlannedRequests] = {}

    def complete(
        self,
        requests: Sequence[ChatRequest],
        *,
        model: ModelRef,
        asking: str = "",
        stored_only: bool = False,
    ) -> Answers:
        """Look requests up, as `winnow.pipelines.inference.complete.Complete` says."""
        found = complete(
            requests, model=model, store=self._store, beam=self._beam, stored_only=True
        )
        if stored_only:
            return found
        asking = asking or next(iter(self.asked), f"model {model.name}")
        counts = self.asked.setdefault(asking, PlannedRequests(asking, model))
        results: dict[str, Result] = dict(found.results)
        distinct = {request.request_id: request for request in requests}
        means = self._learn(distinct, results, model)
        for request_id, request in distinct.items():
            is_known = request_id in found.results
            n_written, is_most = self._expected(request, means)
            if not is_known:
                results[request_id] = self._missing(request, model, n_written)
            if request_id in self._seen:
                continue
            self._seen.add(request_id)
            counts.n_requests += 1
            counts.n_answered += is_known
            if not is_known:
                counts.n_read += self._n_read(request, model)
                counts.n_written += n_written
                counts.is_at_most |= is_most
        return Answers({i: results[i] for i in distinct}, found.use, found.n_reused)

    def _learn(
        self, requests: dict[str, ChatRequest], results: dict[str, Result], model: ModelRef
    ) -> dict[int, float]:
        """Learn from answers how many tokens a byte is; return how many those to one `max_tokens` had on average."""
        written = defaultdict(list)
        for request_id, result in results.items():
            if isinstance(result, Completion):
                if result.n_prompt_tokens is not None:
                    self._read[model.name][0] += result.n_prompt_tokens
                    self._read[model.name][1] += _bytes_of(requests[request_id])
                if result.n_tokens is not None:
                    written[requests[request_id].sampling.max_tokens].append(result.n_tokens)
        return {most: sum(ns) / len(ns) for most, ns in written.items()}

    def _expected(self, request: ChatRequest, means: dict[int, float]) -> tuple[int, bool]:
        """Return the tokens of an answer, and whether they are the most that it may have."""
        if request.task != "chat":
            return 0, False
        most = request.sampling.max_tokens
        return (round(means[most]), False) if most in means else (most, True)

    def _n_read(self, request: ChatRequest, model: ModelRef) -> int:
        n_tokens, n = self._read.get(model.name, (0, 0))
        per_byte = n_tokens / n if n else 1 / BYTES_PER_TOKEN
        return round(_bytes_of(request) * per_byte)

    def _missing(self, request: ChatRequest, model: ModelRef, n_tokens: int) -> Result:
        if self._stands_in and request.json_schema is None:
            return stand_in(request, model, n_tokens)
        return Failure(request_id=request.request_id, reason="engine_error", detail="not asked yet")


def _bytes_of(request: ChatRequest) -> int:
    turns = sum(n_bytes(turn.text()) for turn in request.messages)
    return turns + len((request.tools or "").encode("utf-8", "replace"))
