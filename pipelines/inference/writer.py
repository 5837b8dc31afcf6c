"""Results on their way into the store."""

import threading
import time
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

    A killed process loses nothing: the next job takes the journal in. A machine that loses power loses what was collected
    since. An object store has no place for a journal: there completions are stored every half second, and a kill loses what was
    collected since.
    """

    def __init__(self, store: CompletionStore, server: str | None = None) -> None:
        """Begin with nothing held.

        Args:
            store: Where completions go.
            server: Who is asked, from `ModelRef.server`: noted in each completion; None leaves what they say.
        """
        self._store = store
        self._signed = {} if server is None else {"server": server}
        folder = store.place.folder
        self._journal = Journal(folder) if folder else None
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
                line = orjson.dumps(result.__dict__ | self._signed, default=Value.model_dump)
                # Held first: where the journal has no space, the last flush may have some by then.
                self._held.append(result)
                self._held_bytes += len(line)
                if self._journal:
                    self._journal.add(line)
        is_due = time.monotonic() - self._since >= _LONGEST_HELD_S
        if is_due or self._held_bytes >= _MOST_HELD_BYTES:
            self._flush()
            if self._n_segments >= _MERGES_EVERY:
                self._n_segments = 0
                self._store.compact()

    def __enter__(self) -> Self:
        if self._journal:
            self._listening.enter_context(self._journal)
        else:
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

    def _table(self, held: list[Completion]) -> pa.Table:
        table = Completion.to_table(held)
        for name, value in self._signed.items():
            at, kind = table.schema.get_field_index(name), table.schema.field(name)
            table = table.set_column(at, kind, repeated(value, len(table), kind.type))
        return table

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
                    self._store.completions.append(self._table(held))
                except BaseException:
                    self._held = held
                    raise
                if self._journal:
                    self._journal.clear()
