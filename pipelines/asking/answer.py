"""The job: look up what is already paid for, have the rest answered, count."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from winnow.pipelines.asking.attempt import Attempt, write_failures
from winnow.pipelines.asking.counts import RequestCounts, counts_of, failures_of, together
from winnow.pipelines.asking.shards import (
    Repeated,
    RequestFolder,
    ShardSlice,
    n_row_groups,
    own_ids,
    slices,
    whole,
)
from winnow.pipelines.asking.stalling import stalls_told
from winnow.pipelines.beam import BeamSettings, has_one_worker, run_pipeline
from winnow.pipelines.inference.eager import Amount, start_for
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.notices import Notice, OnNotices, Teller
from winnow.pipelines.inference.progress import Progress, reporting
from winnow.pipelines.inference.requests import Failure
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.inference.turns_taken import is_about_turns
from winnow.schemas.errors import CurationError, WorkerLost
from winnow.warehouse.places.place import Place
from winnow.warehouse.places.placed_file import PlacedFile

if TYPE_CHECKING:
    from apache_beam import Pipeline

_SLICE_GROUPS = 8
_LEAST_SLICES = 16


@dataclass(frozen=True)
class AnsweredRequests:
    """What became of the requests in a folder; the answers themselves lie in files."""

    requests: RequestFolder
    """The requests, and their failures."""

    stores: tuple[CompletionStore, ...]
    """Where the completions are."""

    counts: RequestCounts
    """Counts of them, answers of an earlier job included."""

    n_reused: int
    """Completions that were in the store before."""


class AnswerRequests(Protocol):
    """`answer` with the store, the Beam settings and the progress filled in."""

    def __call__(
        self,
        requests: RequestFolder,
        *,
        model: ModelRef,
        asking: str = "",
        stored_only: bool = False,
    ) -> AnsweredRequests:
        """Have requests to one model answered, or only look up which were answered before; `asking` says who asks."""
        ...


def answer(
    requests: RequestFolder,
    *,
    model: ModelRef,
    store: CompletionStore,
    beam: BeamSettings,
    progress: Progress | None = None,
    on_notices: OnNotices | None = None,
    asking: str = "",
    stored_only: bool = False,
    failed: Place | None = None,
) -> AnsweredRequests:
    """Have requests answered, each at most once ever.

    What the store holds is taken from there; where it holds everything, no engine is started. The rest runs as
    a Beam job with RunInference, and each answer is in the store soon after it is there. The engine stays open
    for the next job: call `close_engines` when there is none.

    Args:
        requests: Shards of requests to this model, from `ModelRef.ask`.
        model: The model.
        store: Where completions are kept.
        beam: Where the job runs.
        progress: Told how far the job is, about twice a second.
        on_notices: Told beside it what the job's workers wait for, such as a server that is down.
        asking: Who asks which model, such as "judge 2 of 3: pairwise@1 asks qwen", for those who look on.
        stored_only: Ask nothing: some requests may then have neither an answer nor a failure.
        failed: Where failures are: what failed there is not asked again.

    Raises:
        InvalidSettings: The engine cannot run the model.
        MissingPackage: The engine is not installed.
        EndpointUnavailable: No server answered before the deadline; run again later.
        StorageFull: The store has no space left.
    """
    if not stored_only:
        store.recover()
    shards, repeated = requests.shards(), requests.repeated()
    requests.forget_failures()
    if failed is not None:
        for shard in shards:
            known = failures_of(own_ids(whole(shard), repeated), failed)
            write_failures(requests.failures, Failure.from_table(known))
    if model.settings.engine == "vllm":  # a server may have been started anew with a longer context
        for shard in shards:
            _take_known_failures(shard, repeated, store, requests.failures)
    count = partial(
        counts_of, repeated=repeated, model=model, stores=[store], failures=requests.failures
    )
    found = {shard: count(shard) for shard in shards}
    before = together(model, found.values())
    if before.n_missing and not stored_only:
        watched = partial(
            reporting,
            progress,
            asking=asking or model.name,
            n_total=before.n_requests,
            most_tokens=before.most_tokens,
            on_notices=on_notices,
        )
        left, lost = before, None
        is_last = has_one_worker(beam)
        while True:
            missing = [shard for shard, became in found.items() if became.n_missing]
            amount = Amount(left.n_missing, left.n_tokens_missing)
            told = partial(watched, n_done=left.n_requests - left.n_missing)
            lost = _run(requests, missing, repeated, model, amount, store, beam, told, lost)
            if lost:
                store.recover()  # what the worker had answered counts as well
            found.update({shard: count(shard) for shard in missing})
            n_before, left = left.n_missing, together(model, found.values())
            if not left.n_missing:
                break
            if lost and left.n_missing == n_before:  # another job would lose a worker as well
                raise lost
            if lost is None:
                if is_last or left.n_missing == n_before:
                    break
                is_last = True  # a worker taken for dead may have had a part to itself, and one job more asks it
        _check_all_answered(left, before.n_missing, model)
        store.compact()
    counts = together(model, found.values())
    return AnsweredRequests(requests, (store,), counts, before.use.n_requests)


def _run(
    requests: RequestFolder,
    shards: Sequence[PlacedFile],
    repeated: Repeated,
    model: ModelRef,
    amount: Amount,
    store: CompletionStore,
    beam: BeamSettings,
    watched: Callable[..., AbstractContextManager[None]],
    lost_before: WorkerLost | None,
) -> WorkerLost | None:
    """Run one job; what a worker that died leaves unanswered is for the next one, which tells of it."""
    import apache_beam

    from winnow.pipelines.asking.handler import Places, ShardHandler
    from winnow.pipelines.run_inference import RunInference

    parts = _slices(shards, beam)
    with Attempt.within(requests.root) as attempt:
        places = Places(store.place, requests.failures, attempt.root)
        handler = ShardHandler(model, start_for(model, amount), places, parts, repeated)

        def build(pipeline: "Pipeline") -> None:
            # Beam's batching gives its last batch when it is over, which Dask's runner loses: each element is a batch.
            batches = pipeline | "Shards" >> apache_beam.Create(
                [[number] for number in range(len(parts))], reshuffle=len(parts) > 1
            )
            batches | "Answer" >> RunInference(handler)

        watching = watched(attempt_root=attempt.root, on_trouble=attempt.fail)
        try:
            with watching, stalls_told(attempt.root, beam):
                if lost_before:
                    told = Notice(
                        what="lost", text=f"{lost_before.said}; the run goes on", is_once=True
                    )
                    Teller(attempt.root)(told)
                with _told_by_workers(attempt):
                    run_pipeline(build, beam)
        except WorkerLost as lost:
            return lost
        return None


@contextmanager
def _told_by_workers(attempt: Attempt) -> Iterator[None]:
    """Raise the error that ended a job in its workers, also where one of them was lost."""
    try:
        yield
    except WorkerLost:
        if error := attempt.error():
            raise error from None
        raise
    if error := attempt.error():
        raise error


def _slices(shards: Sequence[PlacedFile], beam: BeamSettings) -> list[ShardSlice]:
    """Cut the work into what workers share: they take slice by slice, a single one has no use for small ones."""
    if has_one_worker(beam):
        return [whole(shard) for shard in shards]
    n_groups = min(_SLICE_GROUPS, max(1, n_row_groups(shards) // _LEAST_SLICES))
    return [part for shard in shards for part in slices(shard, n_groups)]


def _take_known_failures(
    shard: PlacedFile, repeated: Repeated, store: CompletionStore, failures: Place
) -> None:
    """Put the failures that the store knows to be certain among those of the requests."""
    ids = own_ids(whole(shard), repeated)
    known = store.failures.get(ids.to_pylist()).values()
    # Turns that a template does not take are written otherwise now.
    write_failures(failures, [failure for failure in known if not is_about_turns(failure)])


def _check_all_answered(counts: RequestCounts, n_asked: int, model: ModelRef) -> None:
    if counts.n_missing:
        raise CurationError(
            f"{counts.n_missing} of {n_asked} requests to {model.name} have neither answer nor failure, "
            f"first {counts.missing}; can every Beam worker write to the completion store"
        )
