"""What a worker has in work: told while nothing is answered yet, and what time left is worked out from."""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from winnow.pipelines.repeating import repeating
from winnow.schemas.base import Value

_EVERY_S = 0.5


class InWork(Value):
    """How far workers are since they began a job; of several workers the sums, but for the youngest."""

    began_at: float
    """When the first of them began, in seconds since 1970."""

    told_at: float
    """When the last of them told this, in seconds since 1970."""

    n_in_work: int = 0
    """Requests that were begun and not answered."""

    n_tokens: int = 0
    """Tokens generated; those of requests in work are among them where the engine tells before an answer is there."""

    ages_s: float = 0.0
    """Seconds that the requests in work have been in it, added up."""

    youngest_s: float = 0.0
    """Seconds of the one of them that was begun last."""

    n_done: int = 0
    """Requests that are over, failed ones included."""

    done_s: float = 0.0
    """Seconds that these took, added up."""

    done_s2: float = 0.0
    """Squares of these seconds, added up: from it follows how unlike they are."""

    @property
    def worked_s(self) -> float:
        """Seconds from the beginning until this was told."""
        return self.told_at - self.began_at


class Work:
    """Counts what one worker has in work; safe to read from another thread."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        """Count from now on, by a clock that only goes forward."""
        self._clock = clock
        self._wall_clock = wall_clock
        self._began_at = wall_clock()
        self._begun: dict[str, float] = {}
        self._n_tokens_in_work = self._n_tokens_done = self._n_done = 0
        self._done_s = self._done_s2 = 0.0

    def begin(self, request_id: str) -> None:
        """Note that an engine works on a request."""
        self._begun[request_id] = self._clock()

    def generate(self, n_tokens: int) -> None:
        """Note the tokens generated so far in all requests in work together."""
        self._n_tokens_in_work = n_tokens

    def end(self, request_id: str, n_tokens: int = 0) -> None:
        """Note that a request is over, and the tokens that its answer has."""
        if (begun := self._begun.pop(request_id, None)) is None:
            return
        took = self._clock() - begun
        self._n_done += 1
        self._n_tokens_done += n_tokens
        # What was counted of it in work is done now, and more so until the next count.
        self._n_tokens_in_work = max(self._n_tokens_in_work - n_tokens, 0)
        self._done_s += took
        self._done_s2 += took * took

    def now(self) -> InWork:
        """Tell how far it is."""
        ages = [self._clock() - begun for begun in tuple(self._begun.values())]
        return InWork(
            began_at=self._began_at,
            told_at=self._wall_clock(),
            n_in_work=len(ages),
            n_tokens=self._n_tokens_done + self._n_tokens_in_work,
            ages_s=sum(ages),
            youngest_s=min(ages, default=0.0),
            n_done=self._n_done,
            done_s=self._done_s,
            done_s2=self._done_s2,
        )


def together(works: Iterable[InWork]) -> InWork | None:
    """Put what several workers tell together; None where none tells anything."""
    told = list(works)
    if not told:
        return None
    return InWork(
        began_at=min(work.began_at for work in told),
        told_at=max(work.told_at for work in told),
        n_in_work=sum(work.n_in_work for work in told),
        n_tokens=sum(work.n_tokens for work in told),
        ages_s=math.fsum(work.ages_s for work in told),
        youngest_s=min((work.youngest_s for work in told if work.n_in_work), default=0.0),
        n_done=sum(work.n_done for work in told),
        done_s=math.fsum(work.done_s for work in told),
        done_s2=math.fsum(work.done_s2 for work in told),
    )


@contextmanager
def telling(work: Work, tell: Callable[[InWork], None]) -> Iterator[None]:
    """Tell from a thread of its own, twice a second, how far a worker is, and once more at the end."""
    try:
        with repeating(lambda: tell(work.now()), _EVERY_S, "work"):
            yield
    finally:
        tell(work.now())
