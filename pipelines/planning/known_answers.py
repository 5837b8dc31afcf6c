"""What the store of completions holds of the answers that the steps of a run want."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from winnow.pipelines.asking.answer import AnsweredRequests, answer
from winnow.pipelines.asking.attempt import write_failures
from winnow.pipelines.asking.complete import Answers, complete
from winnow.pipelines.asking.shards import RequestFolder, own_ids, requests_in, whole
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Completion, Failure, Result
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.planning.stand_ins import n_bytes, stand_in
from winnow.pipelines.question_sizes import BYTES_PER_TOKEN

Written = Counter[tuple[int, str]]
"""Tokens of answers, and their number, by the `max_tokens` that they were asked for with."""


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

    def add(self, n: int, like: "PlannedRequests") -> None:
        """Add requests that may follow, each taken to be as long as those of another kind are on average."""
        self.n_read += round(like.n_read * n / like.n_new)
        self.n_written += round(like.n_written * n / like.n_new)
        self.n_requests += n
        self.is_at_most = True

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
        """Look requests up, as `winnow.pipelines.asking.complete.Complete` says."""
        found = complete(
            requests, model=model, store=self._store, beam=self._beam, stored_only=True
        )
        if stored_only:
            return found
        distinct = {request.request_id: request for request in requests}
        written = self._learn(distinct, found.results, model)
        made = self._plan(distinct, found.results, model, asking, written)
        results = {**found.results, **{result.request_id: result for result in made}}
        return Answers({i: results[i] for i in distinct}, found.counts, found.n_reused)

    def answer(
        self,
        requests: RequestFolder,
        *,
        model: ModelRef,
        asking: str = "",
        stored_only: bool = False,
    ) -> AnsweredRequests:
        """Look the requests in a folder up, as `winnow.pipelines.asking.answer.AnswerRequests` says."""
        found = answer(requests, model=model, store=self._store, beam=self._beam, stored_only=True)
        if stored_only:
            return found
        written: Written = Counter()
        for distinct, known in self._by_shard(requests):
            written += self._learn(distinct, known, model)
        stand_ins = CompletionStore(requests.root.within("stand-ins"))
        for distinct, known in self._by_shard(requests):
            made = self._plan(distinct, known, model, asking, written)
            stand_ins.append([result for result in made if isinstance(result, Completion)])
            write_failures(requests.failures, [r for r in made if isinstance(r, Failure)])
        return replace(found, stores=(self._store, stand_ins))

    def _by_shard(
        self, requests: RequestFolder
    ) -> Iterator[tuple[dict[str, ChatRequest], dict[str, Result]]]:
        """Read the requests of a folder, each once, with what is known of them."""
        repeated, failed = requests.repeated(), requests.read_failures()
        for shard in requests.shards():
            ids = own_ids(whole(shard), repeated).to_pylist()
            distinct = {r.request_id: r for r in requests_in(whole(shard), set(ids))}
            yield distinct, {**{i: failed[i] for i in ids if i in failed}, **self._store.get(ids)}

    def _plan(
        self,
        requests: Mapping[str, ChatRequest],
        known: Mapping[str, Result],
        model: ModelRef,
        asking: str,
        written: Written,
    ) -> list[Result]:
        """Count requests as planned, and make a stand-in or a failure of each that is not known."""
        asking = asking or next(iter(self.asked), f"model {model.name}")
        counts = self.asked.setdefault(asking, PlannedRequests(asking, model))
        made = []
        for request_id, request in requests.items():
            is_known = request_id in known
            n_written, is_most = _expected(request, written)
            if not is_known:
                made.append(self._missing(request, model, n_written))
            if request_id in self._seen:
                continue
            self._seen.add(request_id)
            counts.n_requests += 1
            counts.n_answered += is_known
            if not is_known:
                counts.n_read += self._n_read(request, model)
                counts.n_written += n_written
                counts.is_at_most |= is_most
        return made

    def _learn(
        self, requests: Mapping[str, ChatRequest], known: Mapping[str, Result], model: ModelRef
    ) -> Written:
        """Learn from answers how many tokens a byte is; return how many those to one `max_tokens` had, and how many they are."""
        written: Written = Counter()
        for request_id, result in known.items():
            if isinstance(result, Completion):
                if result.n_prompt_tokens is not None:
                    self._read[model.name][0] += result.n_prompt_tokens
                    self._read[model.name][1] += _bytes_of(requests[request_id])
                if result.n_tokens is not None:
                    most = requests[request_id].sampling.max_tokens
                    written[most, "tokens"] += result.n_tokens
                    written[most, "answers"] += 1
        return written

    def _n_read(self, request: ChatRequest, model: ModelRef) -> int:
        n_tokens, n = self._read.get(model.name, (0, 0))
        per_byte = n_tokens / n if n else 1 / BYTES_PER_TOKEN
        return round(_bytes_of(request) * per_byte)

    def _missing(self, request: ChatRequest, model: ModelRef, n_tokens: int) -> Result:
        if self._stands_in and request.json_schema is None:
            return stand_in(request, model, n_tokens)
        return Failure(request_id=request.request_id, reason="engine_error", detail="not asked yet")


def _expected(request: ChatRequest, written: Written) -> tuple[int, bool]:
    """Return the tokens of an answer, and whether they are the most that it may have."""
    if request.task != "chat":
        return 0, False
    most = request.sampling.max_tokens
    if n := written[most, "answers"]:
        return round(written[most, "tokens"] / n), False
    return most, True


def _bytes_of(request: ChatRequest) -> int:
    turns = sum(n_bytes(turn.text()) for turn in request.messages)
    return turns + len((request.tools or "").encode("utf-8", "replace"))
