"""Requests and answers as objects, for what asks little: the same job as `answer`."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import uuid4

from winnow.pipelines.asking.answer import answer
from winnow.pipelines.asking.counts import RequestCounts
from winnow.pipelines.asking.shards import SHARDS, RequestFolder, request_rows
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.notices import OnNotices
from winnow.pipelines.inference.progress import Progress
from winnow.pipelines.inference.requests import ChatRequest, Failure, Result
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.runners import is_local
from winnow.warehouse.places.place import Place

_LEFTOVER_AGE_S = 7 * 24 * 3600


class Answers(NamedTuple):
    """What became of the requests of one job."""

    results: dict[str, Result]
    """A completion or a failure for each request, by request_id, in the order of the requests; where only the store was
    looked into, for each that it holds."""

    counts: RequestCounts
    """Counts of them, answers of an earlier job included."""

    n_reused: int
    """Completions that were in the store before."""

    @property
    def failures(self) -> list[Failure]:
        """List the requests that got no answer."""
        return [result for result in self.results.values() if isinstance(result, Failure)]


class Complete(Protocol):
    """`complete` with the store, the Beam settings and the progress filled in."""

    def __call__(
        self,
        requests: Sequence[ChatRequest],
        *,
        model: ModelRef,
        asking: str = "",
        stored_only: bool = False,
    ) -> Answers:
        """Have requests to one model answered, or only look up which were answered before; `asking` says who asks."""
        ...


def nth(kind: str, i: int, n: int) -> str:
    """Name one of several that ask, such as "judge 2 of 3:"; of a single one just what it is."""
    return f"{kind} {i:,} of {n:,}:" if n > 1 else kind


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
    """Have requests answered that fit into memory, each at most once ever.

    Args:
        requests: Requests to this model, from `ModelRef.ask`; a request given twice is answered once.
        model: The model.
        store: Where completions are kept.
        beam: Where the job runs.
        progress: Told how far the job is, about twice a second.
        on_notices: Told beside it what the job's workers wait for, such as a server that is down.
        asking: Who asks which model, for those who look on.
        stored_only: Ask nothing, and write nothing into the store; what it does not hold is left out.

    Raises:
        CurationError: As `answer` raises.
    """
    distinct = {r.request_id: r for r in requests}
    is_near = stored_only or (is_local(beam.runner) and store.place.folder is None)
    with _folder(None if is_near else store.place) as folder:
        folder.write([request_rows(list(distinct.values()))])
        answered = answer(
            folder,
            model=model,
            store=store,
            beam=beam,
            progress=progress,
            on_notices=on_notices,
            asking=asking,
            stored_only=stored_only,
        )
        found: dict[str, Result] = {**folder.read_failures(), **store.get(distinct)}
    results = {i: found[i] for i in distinct if i in found}
    return Answers(results, answered.counts, answered.n_reused)


@contextmanager
def _folder(place: Place | None) -> Iterator[RequestFolder]:
    """Lend a folder: inside the store's place, hidden from its readers, or on this machine where nobody else works."""
    if place is None:
        with tempfile.TemporaryDirectory() as folder:
            yield RequestFolder(Path(folder))
        return
    parent = place.within(".attempts")
    _clear_leftovers(parent)
    root = parent.within(uuid4().hex)
    try:
        yield RequestFolder(root)
    finally:
        root.clear()


def _clear_leftovers(parent: Place) -> None:
    """Remove what jobs that were killed long ago left behind."""
    parent.tidy()
    for left in map(parent.within, parent.places()):
        written = [shard.changed_at for shard in left.within(SHARDS).entries()]
        if written and time.time() - max(written) > _LEFTOVER_AGE_S:
            left.clear()
