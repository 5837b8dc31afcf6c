"""How far a job is, told from files that its workers write: the same on every Beam runner."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from winnow.pipelines.inference.notices import OnNotices, at_work, current_notices
from winnow.pipelines.inference.time_left import TimeLeft, time_left
from winnow.pipelines.inference.work import InWork
from winnow.pipelines.repeating import repeating
from winnow.schemas.errors import CurationError
from winnow.warehouse.places.place import Place

_EVERY_S = 0.5
_BORNE_S = 30.0
"""What keeps a job from being reported for so long ends it: such as a run that another process has taken over."""


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
    *,
    asking: str,
    n_done: int,
    n_total: int,
    most_tokens: int,
    attempt_root: Place,
    on_notices: OnNotices | None = None,
    on_trouble: Callable[[CurationError], None],
) -> Iterator[None]:
    """Report from a thread of its own while a job runs, and once more when it is done.

    Args:
        progress: Whom to tell; None tells nobody.
        asking: Who asks which model, for people.
        n_done: Requests that were over before.
        n_total: Requests in all, those included.
        most_tokens: Tokens that one of the others may have at most.
        attempt_root: Place in which the job's workers tell what they wait for and how far they are.
        on_notices: Told that, about twice a second; None is told nothing.
        on_trouble: Told what keeps the job from being reported, where that does not pass; it should end the job.
    """
    if progress is None:
        yield
        return
    nothing_yet = HowFar(asking, n_done, n_total, n_done, None, None)
    counter = _Counter(progress, nothing_yet, most_tokens, attempt_root)
    counter.tell()

    trouble = Trouble(on_trouble)

    def tell() -> None:
        with trouble.borne():
            counter.tell()
            if on_notices is not None:
                on_notices(current_notices(attempt_root))

    with repeating(tell, max(_EVERY_S, attempt_root.look_every_s), "progress"):
        yield
    counter.tell_all_done()
    if on_notices is not None:
        on_notices(current_notices(attempt_root))
        on_notices({})


class Trouble:
    """What fails now and then, as where a store has a bad moment, and may; what goes on failing is told."""

    def __init__(
        self, tell: Callable[[CurationError], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tell, self._clock = tell, clock
        self._since: float | None = None

    @contextmanager
    def borne(self) -> Iterator[None]:
        """Try once more."""
        try:
            yield
        except CurationError as error:
            self._since = self._clock() if self._since is None else self._since
            if self._clock() - self._since >= _BORNE_S:
                self._tell(error)
        else:
            self._since = None


class _Counter:
    """Counts what workers tell of themselves, which no request and no answer has to be looked at for."""

    def __init__(
        self, progress: Progress, nothing_yet: HowFar, most_tokens: int, attempt_root: Place
    ) -> None:
        self._progress = progress
        self._most_tokens = most_tokens
        self._how_far = nothing_yet
        self._attempt_root = attempt_root

    def tell(self) -> None:
        """Count and tell."""
        work = at_work(self._attempt_root)
        self._tell(self._how_far.n_before + work.n_done if work else 0, work)

    def tell_all_done(self) -> None:
        """Tell the tokens in the end, and failed requests as done."""
        self._tell(self._how_far.n_total, at_work(self._attempt_root))

    def _tell(self, n_done: int, work: InWork | None) -> None:
        # A worker that died leaves what it told, and another one begins anew.
        n_done = min(max(n_done, self._how_far.n_done), self._how_far.n_total)
        left = self._left(work) if work else None
        self._how_far = self._how_far._replace(n_done=n_done, work=work, left=left)
        self._progress(self._how_far)

    def _left(self, work: InWork) -> TimeLeft | None:
        n_asked = self._how_far.n_total - self._how_far.n_before
        n_waiting = max(n_asked - work.n_done - work.n_in_work, 0)
        return time_left(work, n_waiting, self._most_tokens)
