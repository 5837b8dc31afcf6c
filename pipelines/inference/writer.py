"""Results on their way into the store."""

import threading
import time
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self

from winnow.pipelines.inference.journal import Journal
from winnow.pipelines.inference.requests import Completion, Result
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.repeating import repeating
from winnow.pipelines.stopping import STOP
from winnow.schemas.errors import CurationError

_MOST_HELD_BYTES = 8 << 20
_LONGEST_HELD_S = 2.0
_LONGEST_UNWRITTEN_S = 0.5
_MERGES_EVERY = 16
"""Segments that a writer adds before it has small ones merged: a long job's look-ups meet few files as well."""


class StoreWriter:
    """Writes completions into a journal at once, and stores them every 2 seconds or 8 MiB, and at the end.

    A killed process loses nothing: the next job takes the journal in. A machine that loses power loses what was collected
    since. An object store has no place for a journal, which lies on this machine then, for the next job here: so that one on another
    machine misses little, completions are stored every half second there.
    """

    def __init__(self, store: CompletionStore) -> None:
        self._store = store
        self._journal = Journal(store.place.near)
        self._held: list[Completion] = []
        self._held_bytes = self._n_segments = 0
        self._since = time.monotonic()
        self._lock = threading.Lock()
        self._listening = ExitStack()

    def add(self, result: Result) -> None:
        """Take a result; failures are the job's to keep.

        Raises:
            StorageFull: There is no space left.
        """
        if isinstance(result, Completion):
            with self._lock:
                line = result.model_dump_json().encode()
                # Held first: where the journal has no space, the last flush may have some by then.
                self._held.append(result)
                self._held_bytes += len(line)
                self._journal.add(line)
        is_due = time.monotonic() - self._since >= _LONGEST_HELD_S
        if is_due or self._held_bytes >= _MOST_HELD_BYTES:
            self._flush()
            if self._n_segments >= _MERGES_EVERY:
                self._n_segments = 0
                self._store.compact()

    def __enter__(self) -> Self:
        self._listening.enter_context(self._journal)
        if self._store.place.folder is None:
            storing = repeating(self._try_flush, _LONGEST_UNWRITTEN_S, "store")
            self._listening.enter_context(storing)
        self._listening.enter_context(STOP.listening(self._flush))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._listening:
            self._flush()

    def _try_flush(self) -> None:
        # What fails here fails again, and is raised, where the next completion is added or the writer ends.
        with suppress(CurationError, OSError):
            self._flush()

    def _flush(self) -> None:
        # Stored inside the lock: a stop flushes from another thread, and may end the process when it returns.
        with self._lock:
            held, self._held = self._held, []
            self._held_bytes, self._since = 0, time.monotonic()
            if held:
                self._n_segments += 1
                try:
                    self._store.append(held)
                except BaseException:
                    self._held = held
                    raise
                self._journal.clear()
