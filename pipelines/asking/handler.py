"""The ModelHandler that carries the engines through Beam's RunInference."""

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from winnow.pipelines.asking.attempt import Attempt, write_failures
from winnow.pipelines.asking.claims import Claims
from winnow.pipelines.asking.counts import FailedIds
from winnow.pipelines.asking.shards import Repeated, ShardSlice, own_ids, requests_in
from winnow.pipelines.inference.eager import Start
from winnow.pipelines.inference.engine import Engine
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.notices import Teller
from winnow.pipelines.inference.open_engines import drop_engine, open_engine
from winnow.pipelines.inference.requests import ChatRequest, Failure, Result
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.inference.work import Work, telling
from winnow.pipelines.inference.writer import StoreWriter
from winnow.pipelines.run_inference import ModelHandler
from winnow.pipelines.stopping import STOP
from winnow.pipelines.worker_prints import spare_pipe, this_process
from winnow.schemas.errors import CurationError, EngineBroken, Stopped
from winnow.warehouse.places.place import Place

_MOST_FAILURES = 1024


class AnswerCount(NamedTuple):
    """What became of the requests of one element."""

    n_completed: int
    """Requests answered by this try."""

    n_failed: int
    """Requests that failed for good."""


class Places(NamedTuple):
    """Where the workers of a job read and write."""

    store: Place
    """Where the completion store lies."""

    failures: Place
    """Where the requests are told that fail."""

    attempt: Place
    """Where they tell how far they are, and what ends the job."""


class ShardHandler(ModelHandler[int, AnswerCount, Engine]):
    """Answers the requests of shards and stores each answer as soon as it is there.

    Takes numbers of slices. The requests of that slice flow into the engine as answers come out of it, and behind them those of
    further slices that no worker has begun: see `Claims`. Returns counts; answers and failures lie in files.
    """

    def __init__(
        self,
        model: ModelRef,
        start: Start,
        places: Places,
        slices: Sequence[ShardSlice],
        repeated: Repeated,
    ) -> None:
        super().__init__()
        self._model = model
        self._start = start
        self._places = places
        self._slices = slices
        self._repeated = repeated
        self._failed = FailedIds(places.failures)
        self._claims = Claims(Attempt(places.attempt), len(slices))
        self._driver = this_process()

    def load_model(self) -> Engine:
        """Open the engine, or one that only raises the error which kept it from opening."""
        spare_pipe(self._driver)
        try:
            self._claims.join()
            return open_engine(self._model, self._start, Teller(self._places.attempt))
        except CurationError as error:
            return _BrokenEngine(error)

    def run_inference(
        self,
        batch: Sequence[int],
        model: Engine,
        inference_args: dict[str, Any] | None = None,
    ) -> Iterable[AnswerCount]:
        """Answer the requests of slices and what they go on to, leaving out what is answered."""
        return [self._answer(element, model) for element in batch]

    def should_skip_batching(self) -> bool:
        """Whether elements come in lists already: one is many requests, and goes with no other."""
        return True

    def get_num_bytes(self, batch: Sequence[int]) -> int:
        """Return the size of the addresses in bytes."""
        return sum(len(self._slices[number].shard.name) for number in batch)

    def _answer(self, element: int, engine: Engine) -> AnswerCount:
        attempt = Attempt(self._places.attempt)
        store = CompletionStore(self._places.store)
        failures = _Failures(self._places.failures, store)
        tell, work = Teller(self._places.attempt), Work()
        n_completed = 0
        try:
            if attempt.is_over():  # the next job asks the rest
                return AnswerCount(0, 0)
            store.recover()  # this element may have been with a worker that was killed
            with (
                STOP.deferred(),
                StoreWriter(store, self._model.server) as writer,
                telling(work, tell.at_work),
            ):

                def keep(result: Result) -> None:
                    nonlocal n_completed
                    if isinstance(result, Failure):
                        work.end(result.request_id)
                        failures.add(result)
                        return
                    work.end(result.request_id, result.n_tokens or 0)
                    writer.add(result)
                    n_completed += 1

                engine.complete(self._missing(element, store, attempt), keep, tell, work)
            failures.flush()
        except (CurationError, Stopped) as error:
            if isinstance(error, EngineBroken):
                drop_engine(engine)
            # Kept as data, so that every worker stops and no runner tries the whole element again.
            attempt.fail(error)
        else:
            tell(None)
        return AnswerCount(n_completed, failures.n)

    def _missing(
        self, element: int, store: CompletionStore, attempt: Attempt
    ) -> Iterator[ChatRequest]:
        for number in self._claims.of(element):
            part = self._slices[number]
            ids = own_ids(part, self._repeated)
            wanted = set(ids.to_pylist()) - self._failed.among(ids)
            looked_at = time.monotonic()
            for request in requests_in(part, wanted - store.known(wanted)):
                # On a cluster a job outlives a driver that was killed, and another one may ask by now.
                if (now := time.monotonic()) - looked_at >= attempt.root.look_every_s:
                    looked_at = now
                    if attempt.is_over():
                        return
                yield request


class _Failures:
    """Failed requests on their way into files, and into the store where they are certain to fail again."""

    def __init__(self, place: Place, store: CompletionStore) -> None:
        self.n = 0
        self._place = place
        self._store = store
        self._held: list[Failure] = []

    def add(self, failure: Failure) -> None:
        self.n += 1
        self._held.append(failure)
        if len(self._held) >= _MOST_FAILURES:
            self.flush()

    def flush(self) -> None:
        held, self._held = self._held, []
        write_failures(self._place, held)
        self._store.append(held)


class _BrokenEngine:
    def __init__(self, error: CurationError) -> None:
        self._error = error

    def complete(self, *_: Any) -> None:
        raise self._error

    def close(self) -> None:
        """Nothing is open."""
