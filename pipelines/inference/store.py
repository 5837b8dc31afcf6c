"""The completion store: what was paid for once is never paid for again."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa

from winnow.pipelines.inference.journal import recover
from winnow.pipelines.inference.requests import Completion, Failure, Result
from winnow.pipelines.inference.segments import Segments, clear_leftovers
from winnow.warehouse.places.folder import Folder
from winnow.warehouse.places.place import Place

_MANY_SEGMENTS = 16


class CompletionStore:
    """Answers by request_id, in a place that several processes may use at once.

    Completions lie in the place itself, so that DuckDB reads them with
    `select * from read_parquet('completions/*.parquet')`. Beside them lie the failures that are certain to recur:
    without those a finished run would start its engine again only to fail the same requests.
    """

    def __init__(self, place: Place | Path) -> None:
        self.place = Folder(place) if isinstance(place, Path) else place
        self.completions = Segments(self.place, Completion)
        self.failures = Segments(self.place.within("failures"), Failure)

    def append(self, results: Sequence[Result]) -> None:
        """Store completions and certain failures durably; other failures are left out.

        Raises:
            StorageFull: There is no space left; what was stored before stays.
        """
        self.completions.append([r for r in results if isinstance(r, Completion)])
        self.failures.append([r for r in results if isinstance(r, Failure) and r.is_certain])

    def get(self, request_ids: Iterable[str]) -> dict[str, Completion]:
        """Read the completions that are there, by request_id.

        Raises:
            MalformedInput: A segment cannot be read.
        """
        return self.completions.get(request_ids)

    def known(self, request_ids: Iterable[str]) -> set[str]:
        """Tell which completions are there, without reading the rest of them.

        Raises:
            MalformedInput: A segment cannot be read.
        """
        return self.completions.known(request_ids)

    def table(self, request_ids: pa.Array | pa.ChunkedArray, columns: Sequence[str]) -> pa.Table:
        """Read columns of the completions that are there: a row for each request_id, of several the first answer.

        Args:
            request_ids: Strings; one that stands there twice is read once.
            columns: Columns of `Completion`, in the order in which they are wanted.

        Raises:
            MalformedInput: A segment cannot be read.
        """
        return self.completions.table(request_ids, columns)

    def recover(self) -> None:
        """Take in what killed workers of this machine had answered and not stored, and clear away their drafts of journals.

        Raises:
            StorageFull: There is no space left; it is kept for the next call.
        """
        recover(self.place.near, Completion, self._append_new)
        clear_leftovers(Folder(self.place.near))

    def compact(self) -> None:
        """Put small segments together where there are many."""
        self.completions.compact(at_least=_MANY_SEGMENTS)
        self.failures.compact(at_least=_MANY_SEGMENTS)

    def _append_new(self, completions: Sequence[Completion]) -> None:
        # A writer that was killed after storing had no time to clear its journal.
        known = self.completions.known(c.request_id for c in completions)
        self.completions.append([c for c in completions if c.request_id not in known])
