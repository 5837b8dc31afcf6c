"""How far a job is, told from what is durably stored: the same on every Beam runner."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from winnow.pipelines.inference.notices import OnNotices, at_work, current_notices
from winnow.pipelines.inference.requests import ChatRequest
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.inference.time_left import TimeLeft, time_left
from winnow.pipelines.inference.work import InWork
from winnow.pipelines.repeating import repeating

_EVERY_S = 0.5


class HowFar(NamedTuple):
    """How far a job is."""

    asking: str
    """Who asks which model, such as "judge 2 of 3: pairwise@1 asks qwen"."""

    n_done: int
    """Requests that are over."""

    n_total: int
    """Requests in all."""

    n_before: int
    """Of those that are over, the ones that were answered before the job began."""

    work: InWork | None
    """What the job's workers have in work; None before they begin."""

    left: TimeLeft | None
    """How long it will still take; None where that is unknown."""


Progress = Callable[[HowFar], None]
"""Told how far a job is."""


@contextmanager
def reporting(
    progress: Progress | None,
    store: CompletionStore,
    requests: Sequence[ChatRequest],
    *,
    asking: str,
    n_done: int,
    attempt_root: Path,
    on_notices: OnNotices | None = None,
) -> Iterator[None]:
    """Report from a thread of its own while a job runs, and once more when it is done.

    Args:
        progress: Whom to tell; None tells nobody.
        store: Where the job's completions appear.
        requests: What the job has to answer.
        asking: Who asks which model, for people.
        n_done: Requests that were answered before.
        attempt_root: Folder in which the job's workers tell what they wait for and how far they are.
        on_notices: Told that, about twice a second; None is told nothing.
    """
    if progress is None:
        yield
        return
    nothing_yet = HowFar(asking, n_done, n_done + len(requests), n_done, None, None)
    counter = _Counter(progress, store, requests, nothing_yet, attempt_root)
    counter.tell()

    def tell() -> None:
        counter.tell()
        if on_notices is not None:
            on_notices(current_notices(attempt_root))

    with repeating(tell, _EVERY_S, "progress"):
        yield
    counter.tell_all_done()
    if on_notices is not None:
        on_notices(current_notices(attempt_root))
        on_notices({})


class _Counter:
    """Counts the wanted rows of segments that appear after it was made, each segment once."""

    def __init__(
        self,
        progress: Progress,
        store: CompletionStore,
        requests: Sequence[ChatRequest],
        nothing_yet: HowFar,
        attempt_root: Path,
    ) -> None:
        self._progress = progress
        self._store = store
        self._missing = {r.request_id for r in requests}
        self._most_tokens = max((_most_tokens(r) for r in requests), default=0)
        self._seen = set(store.completions.files())
        self._how_far = nothing_yet
        self._attempt_root = attempt_root

    def tell(self) -> None:
        """Count what is new and tell."""
        for segment in self._store.completions.files():
            if segment not in self._seen:
                self._seen.add(segment)
                self._add(segment)
        n_done = self._how_far.n_total - len(self._missing)
        work = at_work(self._attempt_root)
        left = self._left(work) if work else None
        self._how_far = self._how_far._replace(n_done=n_done, work=work, left=left)
        self._progress(self._how_far)

    def tell_all_done(self) -> None:
        """Count the tokens of the last segments, and failed requests as done."""
        self._missing.clear()
        self.tell()

    def _left(self, work: InWork) -> TimeLeft | None:
        n_asked = self._how_far.n_total - self._how_far.n_before
        n_waiting = max(n_asked - work.n_done - work.n_in_work, 0)
        return time_left(work, n_waiting, self._most_tokens)

    def _add(self, segment: Path) -> None:
        try:
            rows = pq.read_table(segment.absolute(), columns=["request_id"])
        except (FileNotFoundError, pa.ArrowInvalid):
            return
        self._missing.difference_update(rows["request_id"].to_pylist())


def _most_tokens(request: ChatRequest) -> int:
    return request.sampling.max_tokens if request.task == "chat" else 1
