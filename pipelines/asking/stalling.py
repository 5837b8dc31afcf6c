"""A job on a cluster that makes no progress: noticed, and said with what to look at."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.notices import Notice, Tell, Teller, at_work, current_notices
from winnow.pipelines.repeating import repeating
from winnow.pipelines.runners import is_local
from winnow.warehouse.places.place import Place

_EVERY_S = 1.0
_BEGINS_WITHIN_S = 60.0
_MOVES_WITHIN_S = 180.0


@contextmanager
def stalls_told(attempt_root: Place, beam: BeamSettings) -> Iterator[None]:
    """Tell, while a job runs on a cluster, that no worker has begun or that nothing came of it for a while; it goes on waiting.

    Args:
        attempt_root: Place in which the job's workers tell how far they are, and in which this is told.
        beam: Where the job runs.
    """
    if is_local(beam.runner):  # its one worker is this process, and tells itself what it waits for
        yield
        return
    stall = Stall(attempt_root, beam, Teller(attempt_root))
    every_s = max(_EVERY_S, attempt_root.look_every_s)
    with repeating(stall.look, every_s, "stall"):
        yield


class Stall:
    """Looks at a job again and again, and tells when it stands still."""

    def __init__(
        self,
        attempt_root: Place,
        beam: BeamSettings,
        tell: Tell,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root = attempt_root
        self._beam = beam
        self._tell = tell
        self._clock = clock
        self._far: tuple[int, int] | None = None
        self._since = clock()
        self._told: Notice | None = None

    def look(self) -> None:
        """Look once."""
        work = at_work(self._root)
        far = (work.n_done, work.n_tokens) if work else None
        stand = (n for n in current_notices(self._root).values() if not n.is_once)
        others = any(n != self._told for n in stand)
        if far != self._far or others:  # whoever waits for something says so itself
            self._far, self._since = far, self._clock()
            self._stand(None)
            return
        stood_s = self._clock() - self._since
        if work is None and stood_s >= _BEGINS_WITHIN_S:
            text = f"for a worker of {self._beam.runner} to begin, {stood_s:.0f} s so far; {_look_at(self._beam)}"
        elif work is not None and stood_s >= _MOVES_WITHIN_S:
            text = (
                f"for {self._beam.runner}: no answer for {stood_s:.0f} s, {work.n_in_work:,} requests in work; "
                "look at the logs of its workers and at the engine (docs/cluster.md)"
            )
        else:
            return
        self._stand(Notice(what="waiting", text=text))

    def _stand(self, notice: Notice | None) -> None:
        if notice != self._told:
            self._told = notice
            self._tell(notice)


def _look_at(beam: BeamSettings) -> str:
    pool = beam.options.get("environment_config")
    where = f", and whether a pool of workers listens at {pool} of each machine" if pool else ""
    return f"look whether the cluster has free slots or workers{where} (docs/cluster.md)"
