"""The ModelHandler that carries the engines through Beam's RunInference."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from apache_beam.metrics.metric import Metrics
from apache_beam.ml.inference.base import ModelHandler

from winnow.pipelines.inference.attempt import Attempt
from winnow.pipelines.inference.eager import Start
from winnow.pipelines.inference.engine import Engine
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.notices import Teller
from winnow.pipelines.inference.open_engines import open_engine
from winnow.pipelines.inference.requests import ChatRequest, Completion, Failure, Result
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.inference.work import Work, telling
from winnow.pipelines.inference.writer import StoreWriter
from winnow.pipelines.stopping import STOP
from winnow.schemas.errors import CurationError, Stopped

NAMESPACE = "inference"


class BatchCount(NamedTuple):
    """What became of one batch of requests."""

    n_completed: int
    """Requests answered, those an earlier try of the batch had answered included."""

    n_failed: int
    """Requests that failed for good."""


class RequestHandler(ModelHandler[pa.RecordBatch, BatchCount, Engine]):
    """Answers batches of requests and stores each answer as soon as it is there.

    Takes Arrow batches with one column, `request`: requests as JSON text. Gives a count a batch, since the
    answers themselves lie in the store and the failures in the attempt. Counts completed, failed, tokens and
    prompt_tokens in the metrics namespace "inference", those of answers that came without a count left out.
    """

    def __init__(self, model: ModelRef, start: Start, store_root: Path, attempt_root: Path) -> None:
        super().__init__(max_batch_size=1)  # one element is a whole batch of requests already
        self._model = model
        self._start = start
        self._store_root = store_root
        self._attempt_root = attempt_root

    def load_model(self) -> Engine:
        """Open the engine, or one that only raises the error which kept it from opening."""
        try:
            return open_engine(self._model, self._start, Teller(self._attempt_root))
        except CurationError as error:
            return _BrokenEngine(error)

    def run_inference(
        self,
        batch: Sequence[pa.RecordBatch],
        model: Engine,
        inference_args: dict[str, Any] | None = None,
    ) -> Iterable[BatchCount]:
        """Answer batches of requests, leaving out those that an earlier try answered."""
        return [self._answer(read_requests(b), model) for b in batch]

    def get_num_bytes(self, batch: Sequence[pa.RecordBatch]) -> int:
        """Return the size of batches in bytes."""
        return sum(b.nbytes for b in batch)

    def get_metrics_namespace(self) -> str:
        """Return the namespace of the counters."""
        return NAMESPACE

    def _answer(self, requests: list[ChatRequest], engine: Engine) -> BatchCount:
        attempt = Attempt(self._attempt_root)
        if (
            attempt.error() is not None
        ):  # another worker has ended the job: the next one asks the rest
            return BatchCount(0, 0)
        store = CompletionStore(self._store_root)
        known = store.completions.known(r.request_id for r in requests)
        missing = [r for r in requests if r.request_id not in known]
        results: list[Result] = []
        tell, work = Teller(self._attempt_root), Work()
        try:
            with STOP.deferred(), StoreWriter(store) as writer, telling(work, tell.at_work):

                def keep(result: Result) -> None:
                    work.end(result.request_id, _n_tokens(result))
                    writer.add(self._signed(result))
                    results.append(result)

                engine.complete(missing, keep, tell, work)
        except (CurationError, Stopped) as error:
            # Kept as data, so that every worker stops and no runner tries the whole batch again.
            attempt.fail(error)
        else:
            tell(None)
        failures = [r for r in results if isinstance(r, Failure)]
        attempt.add_failures(failures)
        _count(results)
        return BatchCount(len(known) + len(results) - len(failures), len(failures))

    def _signed(self, result: Result) -> Result:
        """Say in a completion who was asked."""
        if isinstance(result, Failure):
            return result
        return result.model_copy(update={"server": self._model.server})


class _BrokenEngine:
    def __init__(self, error: CurationError) -> None:
        self._error = error

    def complete(self, *_: Any) -> None:
        raise self._error

    def close(self) -> None:
        """Nothing is open."""


def write_requests(requests: Sequence[ChatRequest]) -> pa.RecordBatch:
    """Put requests into a batch as the handler takes it."""
    texts = [r.model_dump_json(exclude_defaults=True) for r in requests]
    return pa.record_batch({"request": pa.array(texts, pa.large_string())})


def read_requests(batch: pa.RecordBatch) -> list[ChatRequest]:
    """Read requests back from a batch."""
    return [ChatRequest.model_validate_json(text) for text in batch["request"].to_pylist()]


def _n_tokens(result: Result) -> int:
    return (result.n_tokens or 0) if isinstance(result, Completion) else 0


def _count(results: Sequence[Result]) -> None:
    completed = [r for r in results if isinstance(r, Completion)]
    counts = {
        "completed": len(completed),
        "failed": len(results) - len(completed),
        "tokens": sum(c.n_tokens or 0 for c in completed),
        "prompt_tokens": sum(c.n_prompt_tokens or 0 for c in completed),
    }
    for name, n in counts.items():
        Metrics.counter(NAMESPACE, name).inc(n)
