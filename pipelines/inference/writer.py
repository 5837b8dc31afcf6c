"""Results on their way into the store."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self

import orjson
import pyarrow as pa

from winnow.pipelines.inference.journal import Journal
from winnow.pipelines.inference.requests import Completion, Result
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.repeating import repeating
from winnow.pipelines.stopping import STOP
from winnow.schemas.base import Value, repeated
from winnow.schemas.errors import CurationError

_MOST_HELD_BYTES = 8 << 20
_LONGEST_HELD_S = 2.0
_LONGEST_UNWRITTEN_S = 0.5
_MERGES_EVERY = 16
"""Segments that a writer adds before it has small ones merged: a long job's look-ups meet few files as well."""


class StoreWriter:
    """Writes completions into a journal at once, and stores them every 2 seconds or 8 MiB, and at the end.

    They are stored in a thread of its own, at most one batch at a time, while the next one is collected; small segments are merged
    in another one, which a stop does not wait for. A killed process loses
    nothing: the next job takes the journals in. A machine that loses power loses what was collected since. An object store has no
    place for a journal, which lies on this machine then, for the next job here: so that one on another machine misses little,
    completions are stored every half second there.
    """

    def __init__(self, store: CompletionStore, server: str | None = None) -> None:
        """Begin with nothing held.

        Args:
            store: Where completions go.
            server: Who is asked, from `ModelRef.server`: noted in each completion; None leaves what they say.
        """
        self._store = store
        self._signed = {} if server is None else {"server": server}
        self._held: _HeldCompletions
        self._stored: tuple[_HeldCompletions, Future[None]] | None = None
        self._is_failing = False
        self._merging: Future[None] | None = None
        self._n_segments = 0
        self._lock = threading.Lock()
        self._open = ExitStack()

    def add(self, result: Result) -> None:
        """Take a result; failures are the job's to keep.

        Raises:
            StorageFull: There is no space left.
        """
        if not isinstance(result, Completion):
            return
        with self._lock:
            line = orjson.dumps(result.__dict__ | self._signed, default=Value.model_dump)
            self._held.add(result, line)
            if self._is_due():
                self._hand_over()
            is_merging_due = self._n_segments >= _MERGES_EVERY
            if is_merging_due:
                self._n_segments = 0
        if is_merging_due:
            self._merge()

    def __enter__(self) -> Self:
        self._held = _HeldCompletions(self._store)
        self._merger = self._open.enter_context(ThreadPoolExecutor(1, "merge"))
        self._storing = self._open.enter_context(ThreadPoolExecutor(1, "store"))
        if not self._store.place.folder:
            storing = repeating(self._try_hand_over, _LONGEST_UNWRITTEN_S, "store")
            self._open.enter_context(storing)
        self._open.enter_context(STOP.listening(self._flush))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            with self._open:
                self._flush()
                if self._merging and error is None:
                    self._merging.result()
        finally:
            # What failed beside the end is closed as well, so that its journals are there for who comes next.
            with suppress(CurationError, OSError):
                self._wait()
            self._held.close()

    def _try_hand_over(self) -> None:
        # What fails here is held again, and raised, where it goes on failing, by the next completion or the end.
        with self._lock, suppress(CurationError, OSError):
            if not self._is_storing():
                self._hand_over()

    def _hand_over(self) -> None:
        """Have what is held stored in another thread, once that is done with what it had before."""
        self._wait()
        if self._held.completions:
            following = _HeldCompletions(self._store)
            held, self._held = self._held, following
            self._stored = held, self._storing.submit(self._keep_beside, held)

    def _is_due(self) -> bool:
        held = self._held
        return (
            held.is_full() or (held.is_old() and not self._is_storing()) or self._goes_on_failing()
        )

    def _goes_on_failing(self) -> bool:
        return self._is_failing and self._stored is not None and self._stored[0].is_old()

    def _is_storing(self) -> bool:
        return self._stored is not None and not self._stored[1].done()

    def _wait(self) -> None:
        """Wait until what was handed over is stored; what could not be is held again."""
        if self._stored:
            (batch, stored), self._stored = self._stored, None
            try:
                stored.result()
            except BaseException:
                self._is_failing = False
                self._held.take_back(batch)
                raise
            batch.close()

    def _flush(self) -> None:
        # Stored inside the lock: a stop flushes from another thread, and may end the process when it returns.
        with self._lock:
            with suppress(CurationError, OSError):  # held again, so that it is tried once more
                self._wait()
            self._keep(self._held)

    def _keep_beside(self, batch: "_HeldCompletions") -> None:
        try:
            self._keep(batch)
        except BaseException:
            self._is_failing = True
            raise

    def _keep(self, batch: "_HeldCompletions") -> None:
        if batch.completions:
            self._store.completions.append(self._table(batch.completions))
            batch.clear()
            self._n_segments += 1

    def _merge(self) -> None:
        """Have small segments merged beside the work; only the next merge, and the end, wait for that."""
        if self._merging:
            self._merging.result()
        self._merging = self._merger.submit(self._store.compact)

    def _table(self, held: list[Completion]) -> pa.Table:
        table = Completion.to_table(held)
        for name, value in self._signed.items():
            at, kind = table.schema.get_field_index(name), table.schema.field(name)
            table = table.set_column(at, kind, repeated(value, len(table), kind.type))
        return table


class _HeldCompletions:
    """Completions that are stored together, and until then stand in a journal of their own."""

    def __init__(self, store: CompletionStore) -> None:
        self.completions: list[Completion] = []
        self._n_bytes = 0
        self._since = time.monotonic()
        self._open = ExitStack()
        self._journals = [self._open.enter_context(Journal(store.place.near))]

    def add(self, completion: Completion, line: bytes) -> None:
        # Held first: where the journal has no space, the last flush may have some by then.
        self.completions.append(completion)
        self._n_bytes += len(line)
        for journal in self._journals[:1]:
            journal.add(line)

    def is_old(self) -> bool:
        return time.monotonic() - self._since >= _LONGEST_HELD_S

    def is_full(self) -> bool:
        return self._n_bytes >= _MOST_HELD_BYTES

    def take_back(self, earlier: "_HeldCompletions") -> None:
        """Hold what another one held, and could not be stored, as well."""
        self.completions[:0] = earlier.completions
        self._n_bytes += earlier._n_bytes
        self._since = min(self._since, earlier._since)
        self._journals += earlier._journals
        self._open.push(earlier._open.pop_all())

    def clear(self) -> None:
        """Forget what was held: it lies in the store now."""
        self.completions, self._n_bytes, self._since = [], 0, time.monotonic()
        for journal in self._journals:
            journal.clear()

    def close(self) -> None:
        """Close the journals; those that still hold something stay for who comes next."""
        self._open.close()
