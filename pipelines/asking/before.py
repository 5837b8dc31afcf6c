"""What was answered when a step was gone through before, and whether all of it lies in the store still."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from winnow.pipelines.asking.counts import RequestCounts
from winnow.pipelines.inference.segment_files import list_segments
from winnow.pipelines.inference.segment_keys import KEY_TYPE
from winnow.pipelines.inference.store import CompletionStore


class AnswersGone(LookupError):
    """An answer that a step rests on is in the store no more, as where somebody removed a file of it."""


@dataclass(frozen=True)
class AnsweredBefore:
    """What became of the requests of a step to one model, all of which were answered."""

    counts: RequestCounts
    """Counts of them."""

    segments: frozenset[str]
    """Files of completions that were in the store then."""

    keys: Path
    """File of the keys of all requests of the step, as `winnow.pipelines.inference.segment_keys` has them, in any order."""

    def check(self, store: CompletionStore) -> None:
        """See that the answers are there: that the files of then are, or where some were merged that each request is.

        Raises:
            AnswersGone: One is not.
        """
        if self.segments <= segments_of(store):
            return
        try:
            keys = np.unique(np.fromfile(self.keys, KEY_TYPE))
        except FileNotFoundError:
            raise AnswersGone("nobody knows which answers they were") from None
        n_gone = len(keys) - store.completions.n_known(keys)
        if n_gone:
            raise AnswersGone(f"{n_gone:,} of {len(keys):,} answers are not in the store any more")


def segments_of(store: CompletionStore) -> frozenset[str]:
    """Name the files of completions in a store."""
    return frozenset(segment.name for segment in list_segments(store.place))
