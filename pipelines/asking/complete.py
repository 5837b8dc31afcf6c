"""Requests and answers as objects, for what asks little: the same job as `answer`."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import uuid4

from winnow.pipelines.asking.answer import answer
from winnow.pipelines.asking.counts import RequestCounts
from winnow.pipelines.asking.shards import RequestFolder, request_rows
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.notices import OnNotices
from winnow.pipelines.inference.progress import Progress
from winnow.pipelines.inference.requests import ChatRequest, Failure, Result
from winnow.pipelines.inference.store import CompletionStore

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
    with _folder(None if stored_only else store.place.folder) as folder:
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
def _folder(store_root: Path | None) -> Iterator[RequestFolder]:
    """Lend a folder: inside the store's, hidden from its readers, where that is one and workers write into it."""
    if store_root is None:
        with tempfile.TemporaryDirectory() as folder:
            yield RequestFolder(Path(folder))
        return
    parent = store_root / ".attempts"
    _clear_leftovers(parent)
    root = parent / uuid4().hex
    try:
        yield RequestFolder(root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _clear_leftovers(parent: Path) -> None:
    """Remove what jobs that were killed long ago left behind."""
    for left in parent.glob("*"):
        with suppress(FileNotFoundError):  # removed by another process since it was listed
            if time.time() - left.stat().st_mtime > _LEFTOVER_AGE_S:
                shutil.rmtree(left, ignore_errors=True)
