"""What was asked ahead in a run, so that the step whose question it is counts it as asked by itself."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from winnow.pipelines.asking.answer import AnsweredRequests
from winnow.pipelines.asking.attempt import write_failures
from winnow.pipelines.asking.shards import RequestFolder
from winnow.warehouse.places.folder import as_place


class AskedAhead:
    """Counts the answers that were paid for ahead, and keeps the failures: nobody asks for those again in the run."""

    def __init__(self, folder: Path) -> None:
        """Begin with nothing; `folder` takes the failures."""
        self.failures = as_place(folder)
        self._n_paid: Counter[Sequence[str]] = Counter()
        self._counting = threading.Lock()

    def note(self, stage: str, answered: AnsweredRequests) -> None:
        """Note what became of requests that a stage is going to make."""
        write_failures(self.failures, list(answered.requests.read_failures().values()))
        with self._counting:
            self._n_paid[_key(stage, answered.requests)] += (
                answered.counts.use.n_requests - answered.n_reused
            )

    def taken_up(self, stage: str, answered: AnsweredRequests) -> AnsweredRequests:
        """Count as new what was paid for ahead of the stage, once."""
        with self._counting:
            n_paid = self._n_paid.pop(_key(stage, answered.requests), 0)
        return replace(answered, n_reused=max(answered.n_reused - n_paid, 0))


def _key(stage: str, requests: RequestFolder) -> Sequence[str]:
    """Return the place of requests among all that a stage asks; it is the same in every staging."""
    parts = tuple(requests.root.address.split("/"))
    begin = max((i for i, part in enumerate(parts) if part == stage), default=0)
    return parts[begin:]
