"""The job: look up what is already paid for, have the rest answered, count."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from winnow.pipelines.beam import BeamSettings, run_pipeline
from winnow.pipelines.inference.attempt import Attempt
from winnow.pipelines.inference.eager import start_for
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.notices import OnNotices
from winnow.pipelines.inference.progress import Progress, reporting
from winnow.pipelines.inference.requests import ChatRequest, Completion, Failure, Result
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.inference.turns_taken import is_about_turns
from winnow.schemas.errors import CurationError
from winnow.schemas.runs import ModelUse, sum_if_all_known, sum_known

if TYPE_CHECKING:
    from apache_beam import Pipeline

_BATCH_REQUESTS = 8192


class Answers(NamedTuple):
    """What became of the requests of one job."""

    results: dict[str, Result]
    """A completion or a failure for each request, by request_id, in the order of the requests; where only the store was
    looked into, for each that it holds."""

    use: ModelUse
    """Requests and tokens, those answered by an earlier job included."""

    n_reused: int
    """Completions that were in the store before."""

    @property
    def failures(self) -> list[Failure]:
        """List the requests that got no answer."""
        return [result for result in self.results.values() if isinstance(result, Failure)]


def complete(
    requests: Sequence[ChatRequest],
    *,
    model: ModelRef,
    store: CompletionStore,
    beam: BeamSettings,
    progress: Progress | None = None,
    on_notices: OnNotices | None = None,
    asking: str = "",
    stored_only: bool = False,
) -> Answers:
    """Have requests answered, each at most once ever.

    What the store holds is taken from there; where it holds everything, no engine is started. The rest runs as
    a Beam job with RunInference, and each answer is in the store soon after it is there. The engine stays open
    for the next job: call `close_engines` when there is none.

    Args:
        requests: Requests to this model, from `ModelRef.ask`; a request given twice is answered once.
        model: The model.
        store: Where completions are kept.
        beam: Where the job runs.
        progress: Told how far the job is, about twice a second.
        on_notices: Told beside it what the job's workers wait for, such as a server that is down.
        asking: Who asks which model, such as "judge 2 of 3: pairwise@1 asks qwen", for those who look on.
        stored_only: Ask nothing; what the store does not hold is left out.

    Raises:
        InvalidSettings: The engine cannot run the model.
        MissingPackage: The engine is not installed.
        EndpointUnavailable: No server answered before the deadline; run again later.
        StorageFull: The store has no space left.
    """
    if not stored_only:
        store.recover()
    distinct = {r.request_id: r for r in requests}
    found: dict[str, Result] = {**store.get(distinct)}
    n_reused = len(found)
    if model.settings.engine == "vllm":  # a server may have been started anew with a longer context
        failed = store.failures.get(distinct)
        # Turns that a template does not take are written otherwise now.
        found.update({i: f for i, f in failed.items() if not is_about_turns(f)})
    missing = [r for i, r in distinct.items() if i not in found]
    if missing and not stored_only:
        watched = partial(
            reporting,
            progress,
            asking=asking or model.name,
            n_done=len(found),
            on_notices=on_notices,
        )
        found.update(_run(missing, model, store, beam, watched))
    results = {i: found[i] for i in distinct if i in found}
    return Answers(results, _usage(model, results), n_reused)


def _run(
    requests: list[ChatRequest],
    model: ModelRef,
    store: CompletionStore,
    beam: BeamSettings,
    watched: Callable[..., AbstractContextManager[None]],
) -> dict[str, Result]:
    import apache_beam
    from apache_beam.ml.inference.base import RunInference

    from winnow.pipelines.inference.handler import RequestHandler, write_requests

    with Attempt.within(store.root) as attempt:
        batches = [write_requests(b) for b in _batches(requests)]
        handler = RequestHandler(model, start_for(model, requests), store.root, attempt.root)

        def build(pipeline: "Pipeline") -> None:
            batched = pipeline | "Requests" >> apache_beam.Create(
                batches, reshuffle=len(batches) > 1
            )
            batched | "Answer" >> RunInference(handler)

        with watched(store, requests, attempt_root=attempt.root):
            run_pipeline(build, beam)
            if error := attempt.error():
                raise error
        answered: dict[str, Result] = {**attempt.failures()}
    store.append(list(answered.values()))
    answered.update(store.get(r.request_id for r in requests))
    _check_all_answered(requests, answered, model)
    store.compact()
    return answered


def _batches(requests: list[ChatRequest]) -> list[list[ChatRequest]]:
    """Cut requests into batches, those with a common beginning next to each other for the prefix cache."""
    ordered = sorted(requests, key=_prefix)
    return [ordered[i : i + _BATCH_REQUESTS] for i in range(0, len(ordered), _BATCH_REQUESTS)]


def _prefix(request: ChatRequest) -> tuple[str, ...]:
    turns = (f"{m.role}\n{m.text()}" for m in request.messages)
    return (request.tools or "", *turns, request.request_id)


def _check_all_answered(
    requests: list[ChatRequest], answered: dict[str, Result], model: ModelRef
) -> None:
    lost = [r.request_id for r in requests if r.request_id not in answered]
    if lost:
        raise CurationError(
            f"{len(lost)} of {len(requests)} requests to {model.name} have neither answer nor failure, "
            f"first {lost[0]}; can every Beam worker write to the completion store"
        )


def _usage(model: ModelRef, results: dict[str, Result]) -> ModelUse:
    completed = [r for r in results.values() if isinstance(r, Completion)]
    return ModelUse(
        name=model.name,
        model=model.model,
        revision=model.revision,
        engine=model.settings.engine,
        n_requests=len(completed),
        n_prompt_tokens=sum_known(c.n_prompt_tokens for c in completed),
        n_tokens=sum_known(c.n_tokens for c in completed),
        n_cached_tokens=sum_if_all_known(c.n_cached_tokens for c in completed),
        n_uncounted=sum(None in (c.n_prompt_tokens, c.n_tokens) for c in completed),
    )
